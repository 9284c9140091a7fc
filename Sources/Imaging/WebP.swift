import CLibWebP
package import Files

/// WebP files in memory, through libwebp.
package enum WebP {
  /// Pixels of a side that the format holds at most.
  private static let largestSide = 16_383

  /// A lossy WebP of `image`; the same image gives the same bytes with the same libwebp.
  ///
  /// - Parameter quality: 1 (smallest) to 100.
  /// - Throws: `WebPError` if the image is too large for the format, or memory runs out.
  package static func encode(_ image: RGBImage, quality: Int) throws -> [UInt8] {
    precondition((1...100).contains(quality), "a quality of \(quality)")
    let name = "WebP to be written"
    guard max(image.width, image.height) <= largestSide else {
      throw WebPError(
        .unsupported, file: name,
        "the image has \(image.width)×\(image.height) pixels, the format allows \(largestSide) a side")
    }
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = image.pixels.withUnsafeBufferPointer {
      WebPEncodeRGB(
        $0.baseAddress, Int32(image.width), Int32(image.height), Int32(3 * image.width), Float(quality), &bytes)
    }
    guard count > 0, let bytes else {
      throw WebPError(.unsupported, file: name, "libwebp cannot encode the image: memory may have run out")
    }
    defer { WebPFree(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// The image of a WebP; alpha is dropped.
  ///
  /// - Parameter name: The file's name in errors.
  /// - Throws: `WebPError` if the file is damaged, or if the image is larger than `limits`.
  package static func decode(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard
  ) throws -> RGBImage {
    let (width, height) = try size(bytes, named: name, limits: limits)
    let count = 3 * width * height
    var isDecoded = false
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      isDecoded = bytes.withUnsafeBufferPointer {
        WebPDecodeRGBInto($0.baseAddress, $0.count, buffer.baseAddress, count, Int32(3 * width)) != nil
      }
      initialized = isDecoded ? count : 0
    }
    guard isDecoded else { throw WebPError(.damaged, file: name, "the pixels cannot be read: the file is damaged") }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// The size of the image, from the header alone.
  ///
  /// - Throws: `WebPError` if the header is damaged, the image moves, or it is larger than `limits`.
  package static func size(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard
  ) throws -> (width: Int, height: Int) {
    guard isWebP(bytes) else { throw WebPError(.notWebP, file: name, offset: 0, "this is not a WebP file") }
    // Some decoders read a file without its end; a dataset wants the whole.
    guard let size = word(at: 4, of: bytes), size <= bytes.count - 8 else {
      throw WebPError(.damaged, file: name, offset: 4, "the file is truncated")
    }
    var features = WebPBitstreamFeatures()
    let status = bytes.withUnsafeBufferPointer { WebPGetFeatures($0.baseAddress, $0.count, &features) }
    guard status == VP8_STATUS_OK, features.width > 0, features.height > 0 else {
      throw WebPError(.damaged, file: name, "the header cannot be read: the file is damaged")
    }
    guard features.has_animation == 0 else {
      throw WebPError(.unsupported, file: name, "the file is an animation: save one of its pictures")
    }
    let (width, height) = (Int(features.width), Int(features.height))
    guard max(width, height) <= limits.side, width * height <= limits.area else {
      throw WebPError(
        .tooLarge, file: name,
        "the image has \(width)×\(height) pixels; the limits are \(limits.side) a side and \(limits.area) in all")
    }
    return (width, height)
  }

  /// Whether a file starts as a WebP does.
  package static func isWebP(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
  }

  /// The little-endian number at an offset.
  static func word(at offset: Int, of bytes: [UInt8]) -> Int? {
    guard offset >= 0, offset <= bytes.count - 4 else { return nil }
    return (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
}

/// Why a WebP was refused or could not be encoded: which file, at which offset, and what is wrong.
package typealias WebPError = Failure<WebPErrorCode>

package enum WebPErrorCode: Hashable, Sendable {
  /// The file is not a WebP.
  case notWebP
  /// The file is truncated or corrupt.
  case damaged
  /// The image has more pixels than `ImageLimits` allows.
  case tooLarge
  /// The image cannot be written as a WebP, or the file uses a feature that this reader lacks.
  case unsupported
}
