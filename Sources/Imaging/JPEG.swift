import CImaging
import Files

/// JPEG files in memory, through libjpeg-turbo.
package enum JPEG {
  /// How finely a JPEG stores colour, beside brightness.
  package enum Chroma: Sendable {
    /// For every pixel (4:4:4).
    case full
    /// For every four pixels (4:2:0).
    case quarter
  }

  /// A baseline JPEG of `image`; the same picture gives the same bytes with the same libjpeg.
  ///
  /// - Parameter quality: 1 (smallest) to 100.
  /// - Throws: `JPEGError` when the picture is too large for the format, or memory runs out.
  package static func encode(_ image: RGBImage, quality: Int, chroma: Chroma = .full) throws -> [UInt8] {
    precondition((1...100).contains(quality), "a quality of \(quality)")
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var failure = ci_failure()
    let status = image.pixels.withUnsafeBufferPointer { pixels in
      ci_jpeg_encode(
        pixels.baseAddress, UInt32(image.width), UInt32(image.height), Int32(quality), chroma == .full ? 1 : 0, &bytes,
        &count, &failure)
    }
    guard status == 0, let bytes else {
      throw JPEGError(.unsupported, file: "JPEG to be written", failure.text)
    }
    defer { ci_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// The picture of a JPEG; gray, YCbCr, RGB, CMYK and YCCK become 8-bit RGB. Orientation and profiles in its metadata
  /// are left alone.
  ///
  /// - Parameters:
  ///   - name: What errors call the file.
  ///   - acceptingDamage: Reads what there is of a file that libjpeg can go on with although pixels are lost, such as
  ///     one that ends too early.
  /// - Throws: `JPEGError` with libjpeg's message when the file is damaged, or the picture is larger than `limits`.
  package static func decode(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard, acceptingDamage: Bool = false
  ) throws -> RGBImage {
    guard isJPEG(bytes) else { throw JPEGError(.notJPEG, file: name, offset: 0, "not a JPEG: it starts otherwise") }
    var failure = ci_failure()
    var (columns, rows): (UInt32, UInt32) = (0, 0)
    var status = bytes.withUnsafeBufferPointer { ci_jpeg_size($0.baseAddress, $0.count, &columns, &rows, &failure) }
    guard status == 0 else { throw JPEGError(failure, file: name) }
    let (width, height) = (Int(columns), Int(rows))
    guard max(width, height) <= limits.side, width * height <= limits.area else {
      throw JPEGError(
        .tooLarge, file: name,
        "the picture has \(width)×\(height) pixels; at most \(limits.side) a side and \(limits.area) in all are read")
    }
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, initialized in
      status = bytes.withUnsafeBufferPointer {
        ci_jpeg_decode($0.baseAddress, $0.count, columns, rows, buffer.baseAddress, acceptingDamage ? 1 : 0, &failure)
      }
      initialized = status == 0 ? 3 * width * height : 0
    }
    guard status == 0 else { throw JPEGError(failure, file: name) }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// Whether a file starts as a JPEG does.
  package static func isJPEG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }
}

extension JPEGError {
  fileprivate init(_ failure: ci_failure, file: String) {
    self.init(
      .damaged, file: file, offset: failure.offset < 0 ? nil : Int(failure.offset),
      "the picture cannot be read: \(failure.text)")
  }
}
