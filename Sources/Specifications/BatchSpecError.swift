/// Why a batch specification was refused: where, what is wrong and what is accepted.
package struct BatchSpecError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file as it was named, nil for a specification made from flags.
  package let file: String?
  /// The line from 1, where known.
  package let line: Int?
  package let message: String

  package init(_ message: String, file: String? = nil, line: Int? = nil) {
    self.message = message
    self.file = file
    self.line = line
  }

  package var description: String {
    guard let file else { return message }
    guard let line else { return "\(file): \(message)" }
    return "\(file):\(line): \(message)"
  }
}
