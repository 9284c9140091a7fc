/// Why a model cannot take an input.
package struct ModelInputError: Error, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }
}
