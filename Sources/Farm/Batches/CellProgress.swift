package import Specifications

/// A cell and how many of its images are there.
package struct CellProgress: Sendable, Equatable {
  package let cell: PlannedCell
  package let imagesDone: Int
}
