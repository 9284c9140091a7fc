/// What was asked for cannot be: asking again in the same way cannot help.
package struct InputError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
