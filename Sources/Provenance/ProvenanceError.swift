package import Files

/// Why the provenance of an image could not be read or does not hold; `file` names what was read.
package typealias ProvenanceError = Failure<ProvenanceErrorCode>

package enum ProvenanceErrorCode: Hashable, Sendable {
  /// The file carries no provenance.
  case missing
  /// The record cannot be read.
  case malformed
  /// The record has a version that this program does not know.
  case unknownVersion
  /// The record and the image that carries it disagree.
  case mismatch
}
