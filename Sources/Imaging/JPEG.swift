import CImaging
import Files

/// JPEG files in memory, through libjpeg-turbo.
package enum JPEG {
  /// The resolution at which a JPEG stores colour.
  package enum Chroma: Sendable {
    /// One value for each pixel (4:4:4).
    case full
    /// One value for four pixels (4:2:0).
    case quarter
  }

  /// A baseline JPEG of `image`; the same image gives the same bytes with the same libjpeg.
  ///
  /// - Parameter quality: 1 (smallest) to 100.
  /// - Throws: `JPEGError` if the image is too large for the format, or memory runs out.
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

  /// The image of a JPEG; gray, YCbCr, RGB, CMYK and YCCK become 8-bit RGB. Orientation and profiles in the metadata
  /// are ignored.
  ///
  /// - Parameters:
  ///   - name: The file's name in errors.
  ///   - acceptingDamage: Whether a file with lost pixels is read as far as libjpeg can, such as one that ends early.
  /// - Throws: `JPEGError` with libjpeg's message if the file is damaged, or if the image is larger than `limits`.
  package static func decode(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard, acceptingDamage: Bool = false
  ) throws -> RGBImage {
    let (width, height) = try size(bytes, named: name, limits: limits)
    var failure = ci_failure()
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, initialized in
      status = bytes.withUnsafeBufferPointer {
        ci_jpeg_decode(
          $0.baseAddress, $0.count, UInt32(width), UInt32(height), buffer.baseAddress, acceptingDamage ? 1 : 0, &failure
        )
      }
      initialized = status == 0 ? 3 * width * height : 0
    }
    guard status == 0 else { throw JPEGError(failure, file: name) }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// The size of the stored image, from the header alone.
  ///
  /// - Throws: `JPEGError` if the header is damaged, or if the image is larger than `limits`.
  package static func size(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard
  ) throws -> (width: Int, height: Int) {
    guard isJPEG(bytes) else {
      throw JPEGError(.notJPEG, file: name, offset: 0, "not a JPEG: it does not start with a JPEG marker")
    }
    var failure = ci_failure()
    var (columns, rows): (UInt32, UInt32) = (0, 0)
    let status = bytes.withUnsafeBufferPointer { ci_jpeg_size($0.baseAddress, $0.count, &columns, &rows, &failure) }
    guard status == 0 else { throw JPEGError(failure, file: name) }
    let (width, height) = (Int(columns), Int(rows))
    guard max(width, height) <= limits.side, width * height <= limits.area else {
      throw JPEGError(
        .tooLarge, file: name,
        "the image has \(width)×\(height) pixels; the limits are \(limits.side) a side and \(limits.area) in all")
    }
    return (width, height)
  }

  /// The Exif data of a JPEG, which lie in a segment APP1 before the image; nil if there are none.
  static func exif(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    let name = Array("Exif\0\0".utf8)
    var offset = 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xFF {
      let marker = bytes[offset + 1]
      // A byte that fills the space before a marker.
      if marker == 0xFF {
        offset += 1
        continue
      }
      let end = offset + 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
      // The scan starts, or the segment is damaged.
      guard marker != 0xDA, end >= offset + 4, end <= bytes.count else { return nil }
      let data = bytes[offset + 4..<end]
      if marker == 0xE1, data.starts(with: name) { return data.dropFirst(name.count) }
      offset = end
    }
    return nil
  }

  /// Whether a file starts with a JPEG marker.
  package static func isJPEG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }
}

extension JPEGError {
  fileprivate init(_ failure: ci_failure, file: String) {
    self.init(
      .damaged, file: file, offset: failure.offset < 0 ? nil : Int(failure.offset),
      "the image cannot be read: \(failure.text)")
  }
}
