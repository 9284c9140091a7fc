import Glibc

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

  private static func bytes(_ path: String) throws -> [UInt8] {
    func failure() -> ImageFileError {
      ImageFileError(.unreadable, file: path, "cannot be read: \(String(cString: strerror(errno)))")
    }
    // Opening a pipe for reading would wait for a writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw failure() }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw ImageFileError(.unreadable, file: path, "is not a file") }
    guard status.st_size <= largest else {
      throw ImageFileError(
        .unreadable, file: path, "has \(status.st_size) bytes, and a picture of at most \(largest) is read")
    }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      while count < buffer.count {
        let step = Glibc.read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if step < 0, errno == EINTR { continue }
        failed = step < 0
        if step <= 0 { break }
        count += step
      }
    }
    if failed { throw failure() }
    return bytes
  }
}
