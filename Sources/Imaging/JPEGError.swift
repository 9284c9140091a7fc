/// Why a JPEG was refused or could not be made: which file, where in it, and what is wrong.
package struct JPEGError: Error, CustomStringConvertible, Equatable {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case notJPEG, damaged, tooLarge, unsupported }
    private let value: Value

    /// The file is something else.
    package static let notJPEG = Code(value: .notJPEG)
    /// Truncated, corrupt, or of a kind that libjpeg does not read.
    package static let damaged = Code(value: .damaged)
    /// The picture has more pixels than is allowed.
    package static let tooLarge = Code(value: .tooLarge)
    /// A picture that cannot be written as a JPEG.
    package static let unsupported = Code(value: .unsupported)
  }

  package let code: Code
  package let file: String
  /// Where libjpeg was in the file, in bytes, where that is known.
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
