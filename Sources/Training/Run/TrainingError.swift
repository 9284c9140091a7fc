/// Why training could not begin or go on.
package struct TrainingError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}
