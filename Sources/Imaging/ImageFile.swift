import Files

/// Reads images from files of any supported format.
package enum ImageFile {
  /// The largest file that is read, in bytes.
  private static let largest = 256 << 20

  /// The image in a PNG, JPEG or WebP; the first bytes, not the name, determine the format.
  ///
  /// - Throws: `ImageFileError` if the file cannot be read or is none of them; `PNGError`, `JPEGError` or `WebPError` if
  ///   it is damaged.
  package static func read(_ path: String, limits: ImageLimits = .standard) throws -> RGBImage {
    try decode(bytes(path), named: path, limits: limits)
  }

  /// The image in the bytes of a PNG, JPEG or WebP.
  ///
  /// - Parameter name: The file's name in errors.
  /// - Throws: `ImageFileError` if it is none of them; `PNGError`, `JPEGError` or `WebPError` if it is damaged.
  package static func decode(
    _ bytes: [UInt8], named name: String, limits: ImageLimits = .standard
  ) throws -> RGBImage {
    switch try kind(of: bytes, named: name) {
    case .jpeg: try JPEG.decode(bytes, named: name, limits: limits)
    case .png: try PNG.decode(bytes, named: name, limits: limits).image
    case .webp: try WebP.decode(bytes, named: name, limits: limits)
    }
  }

  /// The image in a file as its camera's holder saw it, which the Exif data of the file says.
  ///
  /// - Throws: As `read`.
  package static func readUpright(_ path: String, limits: ImageLimits = .standard) throws -> RGBImage {
    let bytes = try bytes(path)
    let image = try decode(bytes, named: path, limits: limits)
    return image.turned(from: orientation(of: bytes, named: path))
  }

  /// The size of the image that `readUpright` returns; pixels are not read.
  ///
  /// - Throws: As `read`.
  package static func uprightSize(_ path: String, limits: ImageLimits = .standard) throws -> (width: Int, height: Int) {
    let bytes = try bytes(path)
    let size =
      switch try kind(of: bytes, named: path) {
      case .jpeg: try JPEG.size(bytes, named: path, limits: limits)
      case .png: try PNG.size(bytes, named: path, limits: limits)
      case .webp: try WebP.size(bytes, named: path, limits: limits)
      }
    return orientation(of: bytes, named: path).swapsSides ? (size.height, size.width) : size
  }

  private enum Kind { case png, jpeg, webp }

  private static func kind(of bytes: [UInt8], named name: String) throws(ImageFileError) -> Kind {
    if JPEG.isJPEG(bytes) { return .jpeg }
    if bytes.starts(with: PNGChunks.signature) { return .png }
    if WebP.isWebP(bytes) { return .webp }
    let known = otherFormats.first { bytes.dropFirst($0.offset).starts(with: $0.mark.utf8) }
    throw ImageFileError(
      .unknownFormat, file: name,
      bytes.isEmpty
        ? "the file is empty" : known?.what ?? "this is neither a PNG, a JPEG nor a WebP: convert it to one of them"
    )
  }

  /// Files that are not read, by the bytes at an offset.
  private static let otherFormats: [(offset: Int, mark: String, what: String)] =
    [
      (0, "GIF8", "a GIF"), (4, "ftypavif", "an AVIF"), (4, "ftyphei", "a HEIC"),
      (4, "ftypmif1", "a HEIC"), (0, "BM", "a BMP"), (0, "II*\0", "a TIFF"), (0, "MM\0*", "a TIFF"),
      (0, "8BPS", "a Photoshop file"), (0, "<svg", "an SVG"),
    ].map { ($0, $1, "this is \($2), neither a PNG, a JPEG nor a WebP: convert it to one of them") } + [
      (0, "<", "this is a web page or XML, neither a PNG, a JPEG nor a WebP: download the picture itself"),
      (
        0, "version https://git-lfs",
        "this is a pointer of Git LFS, neither a PNG, a JPEG nor a WebP: get the picture with git lfs pull"
      ),
    ]

  private static func orientation(of bytes: [UInt8], named name: String) -> Orientation {
    let exif: ArraySlice<UInt8>? =
      switch try? kind(of: bytes, named: name) {
      case .jpeg: JPEG.exif(bytes)
      case .png: (try? PNGChunks(bytes, named: name))?.exif(of: bytes)
      case .webp: (try? ImageMetadata.split(bytes, named: name))?.0.exif?[...]
      case nil: nil
      }
    return exif.map(Orientation.init(exif:)) ?? .upright
  }

  private static func bytes(_ path: String) throws(ImageFileError) -> [UInt8] {
    do throws(FileError) {
      return try File.read(path, atMost: largest)
    } catch {
      throw ImageFileError(.unreadable, file: path, error.message)
    }
  }
}
