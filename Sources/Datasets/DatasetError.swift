/// Why a dataset could not be written.
package struct DatasetError: Error, CustomStringConvertible, Equatable {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case badInput, folder, damagedImage }
    private let value: Value

    /// What was asked for cannot be exported.
    package static let badInput = Code(value: .badInput)
    /// The target folder holds something else or is in use.
    package static let folder = Code(value: .folder)
    /// An image's file is missing or is not what was recorded.
    package static let damagedImage = Code(value: .damagedImage)
  }

  package let code: Code
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
