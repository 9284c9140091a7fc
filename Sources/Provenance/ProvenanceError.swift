/// Why the provenance of an image could not be read, or does not hold.
package struct ProvenanceError: Error, CustomStringConvertible, Equatable {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case missing, malformed, unknownVersion, mismatch }
    private let value: Value

    /// The file carries no provenance.
    package static let missing = Code(value: .missing)
    /// There is a record that cannot be read.
    package static let malformed = Code(value: .malformed)
    /// The record is of a version that this program does not know.
    package static let unknownVersion = Code(value: .unknownVersion)
    /// The record and the picture it stands in disagree.
    package static let mismatch = Code(value: .mismatch)
  }

  package let code: Code
  /// What was read: a file's name.
  package let file: String
  package let message: String

  init(_ code: Code, file: String, _ message: String) {
    self.code = code
    self.file = file
    self.message = message
  }

  package var description: String { "\(file): \(message)" }
}
