package import Files

/// Why a PNG was refused or could not be encoded: which file, at which offset, and what is wrong.
package typealias PNGError = Failure<PNGErrorCode>

package enum PNGErrorCode: Hashable, Sendable {
  /// The file is not a PNG.
  case notPNG
  /// The file is truncated, has a wrong checksum, bytes after its end, or invalid contents.
  case damaged
  /// The image has more pixels than `ImageLimits` allows.
  case tooLarge
  /// The file is correct but uses a feature that this reader lacks.
  case unsupported
  /// A text cannot be written as requested.
  case badText
}
