import CImaging
import Files

/// PNG files in memory, through libpng.
package enum PNG {
  /// A PNG of `image`, with `texts` in their order between the header and the pixels.
  ///
  /// The same image and texts give the same bytes with the same libpng and zlib: filter, strategy and level are fixed
  /// and no time is written.
  /// - Throws: `PNGError` if a text cannot be stored as requested, or memory runs out.
  package static func encode(_ image: RGBImage, texts: [PNGText] = []) throws -> [UInt8] {
    let name = "PNG to be written"
    let ancillary = try texts.flatMap { try PNGChunks.serialized($0, named: name) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var failure = ci_failure()
    let status = image.pixels.withUnsafeBufferPointer { pixels in
      ancillary.withUnsafeBufferPointer { ancillary in
        ci_encode(
          pixels.baseAddress, UInt32(image.width), UInt32(image.height), ancillary.baseAddress, ancillary.count,
          &bytes, &count, &failure
        )
      }
    }
    guard status == 0, let bytes else { throw PNGError(.unsupported, file: name, failure.text) }
    defer { ci_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// The image and texts of a PNG; every colour type becomes 8-bit RGB (alpha is dropped).
  ///
  /// - Parameter name: The file's name in errors.
  /// - Throws: `PNGError` if the file is damaged, bytes follow its image, or the image is larger than `limits`.
  package static func decode(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard
  ) throws -> DecodedPNG {
    let file = try checked(bytes, named: name, limits: limits)
    let texts = try file.texts(of: bytes, named: name)
    return DecodedPNG(image: try pixels(of: file, in: bytes, named: name), texts: texts)
  }

  /// The size of the stored image; checks the chunks' checksums, but does not decompress the pixels.
  ///
  /// - Throws: `PNGError` if the file is damaged or the image is larger than `limits`.
  package static func size(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard
  ) throws -> (width: Int, height: Int) {
    let file = try checked(bytes, named: name, limits: limits)
    return (file.width, file.height)
  }

  private static func checked(_ bytes: [UInt8], named name: String, limits: ImageLimits) throws -> PNGChunks {
    let file = try PNGChunks(bytes, named: name)
    guard max(file.width, file.height) <= limits.side, file.width * file.height <= limits.area else {
      throw PNGError(
        .tooLarge, file: name, offset: file.chunks[0].data.lowerBound,
        "the image has \(file.width)×\(file.height) pixels; the limits are \(limits.side) a side and \(limits.area) "
          + "in all"
      )
    }
    return file
  }

  /// The texts of a PNG; checks the chunks' checksums, but does not decompress the pixels.
  ///
  /// - Throws: `PNGError` if the file is damaged.
  package static func texts(_ bytes: [UInt8], named name: String) throws -> [PNGText] {
    try PNGChunks(bytes, named: name).texts(of: bytes, named: name)
  }

  /// The texts that stand before the pixels of a PNG, from the beginning of the file; nil if the pixels begin after it.
  ///
  /// - Throws: `PNGError` if that part is damaged.
  package static func texts(beforePixelsOf beginning: [UInt8], named name: String) throws -> [PNGText]? {
    try PNGChunks.beforePixels(beginning, named: name).map {
      try PNGChunks.texts(in: $0, of: beginning, named: name)
    }
  }

  /// libpng gets only the chunks that encode the pixels: colour profiles, gamma and texts do not reach it.
  private static func pixels(of file: PNGChunks, in bytes: [UInt8], named name: String) throws -> RGBImage {
    let picture = file.chunks.filter { ["IHDR", "PLTE", "IDAT", "IEND"].contains($0.name) }.map(\.whole)
    let stretches = ([0..<PNGChunks.signature.count] + picture).map {
      ci_stretch(offset: $0.lowerBound, length: $0.count)
    }
    var failure = ci_failure()
    var status: Int32 = 0
    let count = 3 * file.width * file.height
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      status = bytes.withUnsafeBufferPointer { bytes in
        stretches.withUnsafeBufferPointer {
          ci_decode(
            bytes.baseAddress, $0.baseAddress, $0.count, UInt32(file.width), UInt32(file.height), buffer.baseAddress,
            &failure
          )
        }
      }
      initialized = status == 0 ? count : 0
    }
    guard status == 0 else {
      throw PNGError(
        .damaged, file: name, offset: failure.offset < 0 ? nil : Int(failure.offset),
        "the pixels cannot be read: \(failure.text)"
      )
    }
    return RGBImage(width: file.width, height: file.height, pixels: pixels)
  }
}

/// The contents of a PNG file.
package struct DecodedPNG: Sendable, Equatable {
  package let image: RGBImage
  /// The texts in file order.
  package let texts: [PNGText]
}
