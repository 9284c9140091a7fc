package import Files

/// Why a JPEG was refused or could not be encoded: which file, at which offset (where libjpeg stopped, if known), and
/// what is wrong.
package typealias JPEGError = Failure<JPEGErrorCode>

package enum JPEGErrorCode: Hashable, Sendable {
  /// The file is not a JPEG.
  case notJPEG
  /// The file is truncated, corrupt, or of a kind that libjpeg does not read.
  case damaged
  /// The image has more pixels than `ImageLimits` allows.
  case tooLarge
  /// The image cannot be written as a JPEG.
  case unsupported
}
