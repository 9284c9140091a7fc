/// Why something could not be done: the one shape of this project's errors.
///
/// A room names its own: `package typealias CheckpointError = Failure<CheckpointErrorCode>`. `code` tells programs apart
/// what went wrong; `description` tells people where, what and what to do next, on one line.
package struct Failure<Code: Hashable & Sendable>: CodedError {
  package let code: Code
  /// What was wrong and what to do about it; after `key` it reads on as one sentence.
  package let message: String
  /// The file, or whatever was read in place of one, as it was named.
  package let file: String?
  /// Bytes from the start of the file.
  package let offset: Int?
  /// The line of the file, counted from 1.
  package let line: Int?
  /// The setting or key that is at fault, as it is written.
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
  /// Compares what is said and where; underlying errors have no equality of their own.
  package static func == (left: Self, right: Self) -> Bool {
    left.code == right.code && left.message == right.message && left.file == right.file && left.offset == right.offset
      && left.line == right.line && left.key == right.key
  }
}
