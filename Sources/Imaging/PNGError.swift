package import Files

/// Why a PNG was refused or could not be made: which file, where in it, and what is wrong.
package typealias PNGError = Failure<PNGErrorCode>

package enum PNGErrorCode: Hashable, Sendable {
  /// The file is not a PNG.
  case notPNG
  /// Truncated, a wrong checksum, bytes after the end, or broken contents.
  case damaged
  /// The image has more pixels than `ImageLimits` allows.
  case tooLarge
  /// A correct file that uses a feature this reader lacks.
  case unsupported
  /// A text that cannot be written as requested.
  case badText
}
