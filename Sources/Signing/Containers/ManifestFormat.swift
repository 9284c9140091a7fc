import Files
import Imaging

/// The formats of files that are signed.
package enum ManifestFormat: String, Sendable {
  case png, jpeg, webp

  /// The format that the first bytes show.
  ///
  /// - Throws: ``SigningError`` if it is none of these.
  package init(of file: [UInt8], named name: String) throws(SigningError) {
    if file.starts(with: PNGChunks.signature) {
      self = .png
    } else if file.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if file.starts(with: "RIFF".utf8), file.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webp
    } else {
      throw SigningError(.file, file: name, "this is neither a PNG nor a JPEG nor a WebP: only these are signed")
    }
  }

  var container: any ManifestContainer.Type {
    switch self {
    case .png: PNGContainer.self
    case .jpeg: JPEGContainer.self
    case .webp: WebPContainer.self
    }
  }
}
