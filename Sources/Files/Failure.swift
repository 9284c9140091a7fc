/// An error of this project: all rooms use this one shape.
///
/// A room declares its own alias: `package typealias CheckpointError = Failure<CheckpointErrorCode>`. Programs
/// distinguish errors by `code`; `description` tells the user on one line where, what and what to do next.
package struct Failure<Code: Hashable & Sendable>: CodedError {
  package let code: Code
  /// What was wrong and what to do about it; with `key` before it, the text reads as one sentence.
  package let message: String
  /// The file or other input, as the caller named it.
  package let file: String?
  /// Bytes from the start of the file.
  package let offset: Int?
  /// The line of the file, counted from 1.
  package let line: Int?
  /// The setting or key that is at fault, as the user writes it.
  package let key: String?
  /// The error that led to this one.
  package let underlying: (any Error)?

  package init(
    _ code: Code, file: String? = nil, offset: Int? = nil, line: Int? = nil, key: String? = nil, _ message: String,
    underlying: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.offset = offset
    self.line = line
    self.key = key
    self.underlying = underlying
  }
}

extension Failure where Code: SoleErrorCode {
  package init(
    _ message: String, file: String? = nil, line: Int? = nil, key: String? = nil, underlying: (any Error)? = nil
  ) {
    self.init(.sole, file: file, line: line, key: key, message, underlying: underlying)
  }
}

extension Failure: CustomStringConvertible {
  /// `FILE at byte N: MESSAGE`, `FILE:LINE: MESSAGE`, `FILE: MESSAGE` or `MESSAGE`.
  package var description: String {
    let sentence = key.map { "\($0) \(message)" } ?? message
    guard let file else { return sentence }
    if let offset { return "\(file) at byte \(offset): \(sentence)" }
    if let line { return "\(file):\(line): \(sentence)" }
    return "\(file): \(sentence)"
  }
}

extension Failure: Equatable {
  /// Compares code, message and place; underlying errors are not equatable.
  package static func == (left: Self, right: Self) -> Bool {
    left.code == right.code && left.message == right.message && left.file == right.file && left.offset == right.offset
      && left.line == right.line && left.key == right.key
  }
}
