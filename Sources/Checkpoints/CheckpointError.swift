/// Why a model's files were refused: which file, where in it, and what to do.
package struct CheckpointError: Error, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable {
      case missingFile, unreadable, unwritable, malformed, missingTensor, unexpectedTensor, misshapen, unsupported,
        changed
    }
    private let value: Value

    package static let missingFile = Code(value: .missingFile)
    package static let unreadable = Code(value: .unreadable)
    package static let unwritable = Code(value: .unwritable)
    package static let malformed = Code(value: .malformed)
    package static let missingTensor = Code(value: .missingTensor)
    package static let unexpectedTensor = Code(value: .unexpectedTensor)
    package static let misshapen = Code(value: .misshapen)
    package static let unsupported = Code(value: .unsupported)
    package static let changed = Code(value: .changed)
  }

  package let code: Code
  package let file: String
  /// Byte offset in the file, where one is known.
  package let offset: Int?
  package let message: String

  package init(_ code: Code, file: String, offset: Int? = nil, _ message: String) {
    self.code = code
    self.file = file
    self.offset = offset
    self.message = message
  }

  package var description: String {
    offset.map { "\(file) at byte \($0): \(message)" } ?? "\(file): \(message)"
  }
}
