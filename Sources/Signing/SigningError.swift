package import Files

/// Why a key, a certificate, a manifest or a signature could not be read, made or believed; `file` names the input.
package typealias SigningError = Failure<SigningErrorCode>

package enum SigningErrorCode: Hashable, Sendable {
  /// The signing key or its certificates are missing or cannot be used.
  case key
  /// The roots that are to be trusted cannot be read.
  case trust
  /// The file's format cannot carry a manifest, or the file is damaged.
  case file
  /// The manifest cannot be read.
  case malformed
  /// The image's record says that it was signed, but its signature is gone.
  case missing
}
