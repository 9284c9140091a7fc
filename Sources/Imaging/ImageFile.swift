import Files

/// Reads images from files of any supported format.
package enum ImageFile {
  /// The largest file that is read, in bytes.
  private static let largest = 256 << 20

  /// The image in a PNG or JPEG; the first bytes, not the name, determine the format.
  ///
  /// - Throws: `ImageFileError` if the file cannot be read or is neither; `PNGError` or `JPEGError` if it is damaged.
  package static func read(_ path: String, limits: ImageLimits = .standard) throws -> RGBImage {
    try decode(bytes(path), named: path, limits: limits)
  }

  /// The image in the bytes of a PNG or JPEG.
  ///
  /// - Parameter name: The file's name in errors.
  /// - Throws: `ImageFileError` if it is neither; `PNGError` or `JPEGError` if it is damaged.
  package static func decode(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard
  ) throws -> RGBImage {
    if JPEG.isJPEG(bytes) { return try JPEG.decode(bytes, named: name, limits: limits) }
    if bytes.starts(with: PNGChunks.signature) { return try PNG.decode(bytes, named: name, limits: limits).image }
    throw ImageFileError(
      .unknownFormat, file: name, bytes.isEmpty ? "the file is empty" : "this is neither a PNG nor a JPEG")
  }

  private static func bytes(_ path: String) throws(ImageFileError) -> [UInt8] {
    do throws(FileError) {
      return try File.read(path, atMost: largest)
    } catch {
      throw ImageFileError(.unreadable, file: path, error.message)
    }
  }
}
