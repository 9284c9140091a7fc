package import Files

/// Why a file was not accepted as an image.
package typealias ImageFileError = Failure<ImageFileErrorCode>

package enum ImageFileErrorCode: Hashable, Sendable {
  /// The file is missing, not a regular file or too large, or the system could not read it.
  case unreadable
  /// The file is neither a PNG, a JPEG nor a WebP.
  case unknownFormat
}
