import Files

/// Pictures in files, whatever their format.
package enum ImageFile {
  /// Bytes of the largest file that is read.
  private static let largest = 256 << 20

  /// The picture in a PNG or JPEG, told apart by how they start and not by their names.
  ///
  /// - Throws: `ImageFileError` when the file cannot be read or is neither; `PNGError` or `JPEGError` when it is damaged.
  package static func read(_ path: String, limits: ImageLimits = .standard) throws -> RGBImage {
    try decode(bytes(path), named: path, limits: limits)
  }

  /// The picture in a PNG or JPEG that has been read already.
  ///
  /// - Parameter name: What errors call the file.
  /// - Throws: `ImageFileError` when it is neither; `PNGError` or `JPEGError` when it is damaged.
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
