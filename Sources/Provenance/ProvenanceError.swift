package import Files

/// Why the provenance of an image could not be read or does not match the image; `file` names the input.
package typealias ProvenanceError = Failure<ProvenanceErrorCode>

package enum ProvenanceErrorCode: Hashable, Sendable {
  /// The file carries no provenance.
  case missing
  /// The record cannot be read.
  case malformed
  /// The record has an unknown version.
  case unknownVersion
  /// The record does not match the image that carries it.
  case mismatch
}
