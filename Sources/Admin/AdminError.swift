/// Why a command could not do what was asked: what was wrong and what to do.
package struct AdminError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
