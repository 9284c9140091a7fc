/// Why a file was not taken for a picture.
package struct ImageFileError: Error, CustomStringConvertible, Equatable {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case unreadable, unknownFormat }
    private let value: Value

    /// Missing, not a file, too large, or the system refuses.
    package static let unreadable = Code(value: .unreadable)
    /// Neither a PNG nor a JPEG.
    package static let unknownFormat = Code(value: .unknownFormat)
  }

  package let code: Code
  package let file: String
  package let message: String

  init(_ code: Code, file: String, _ message: String) {
    self.code = code
    self.file = file
    self.message = message
  }

  package var description: String { "\(file): \(message)" }
}
