/// Why a PNG was refused or could not be made: which file, where in it, and what is wrong.
package struct PNGError: Error, CustomStringConvertible, Equatable {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case notPNG, damaged, tooLarge, unsupported, badText }
    private let value: Value

    /// The file is something else.
    package static let notPNG = Code(value: .notPNG)
    /// Truncated, a wrong checksum, bytes after the end, or broken contents.
    package static let damaged = Code(value: .damaged)
    /// The picture has more pixels than `ImageLimits` allows.
    package static let tooLarge = Code(value: .tooLarge)
    /// A correct file that needs what this reader lacks.
    package static let unsupported = Code(value: .unsupported)
    /// A text that cannot be written as asked for.
    package static let badText = Code(value: .badText)
  }

  package let code: Code
  package let file: String
  /// Byte offset in the file, where one is known.
  package let offset: Int?
  package let message: String

  init(_ code: Code, file: String, offset: Int? = nil, _ message: String) {
    self.code = code
    self.file = file
    self.offset = offset
    self.message = message
  }

  package var description: String {
    offset.map { "\(file) at byte \($0): \(message)" } ?? "\(file): \(message)"
  }
}
