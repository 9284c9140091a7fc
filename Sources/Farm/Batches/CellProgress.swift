package import Specifications

/// A cell and the number of its published images.
package struct CellProgress: Sendable, Equatable {
  package let cell: PlannedCell
  package let imagesDone: Int
}
