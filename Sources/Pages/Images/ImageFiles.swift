import Farm
import Files
import Imaging
import Synchronization

/// The bytes of images and their thumbnails, by digest.
final class ImageFiles: Sendable {
  /// The side of a thumbnail: twice that of a tile, for dense screens.
  static let thumbnailSide = 192
  private static let quality = 85
  /// What thumbnails may take in memory.
  private static let largestCache = 64 << 20

  private let store: ArtifactStore
  private let thumbnails = Mutex(ThumbnailCache(limit: ImageFiles.largestCache))
  /// Files are read and pictures made small by a few threads, so that a gallery does not take the machine from workers.
  private let gate = AsyncGate(width: 2, longestQueue: 512)

  init(store: ArtifactStore) {
    self.store = store
  }

  /// The digest in a file's name such as `<64 digits>.png`.
  ///
  /// - Throws: ``PageError`` (`notFound`) for any other name.
  static func digest(_ name: String, suffix: String) throws(PageError) -> String {
    let digits = name.dropLast(suffix.count)
    guard name.hasSuffix(suffix), digits.utf8.count == 64, Hex.decode(digits) != nil else {
      throw PageError(.notFound, "there is no such image: its name is the 64 digits of its SHA-256 and \(suffix)")
    }
    return String(digits)
  }

  /// The PNG with a digest, compared with it.
  func image(_ sha256: String) async throws -> [UInt8] {
    let store = store
    return try await gate.run { try await BlockingExecutor.run { try store.read(sha256) } }
  }

  /// A JPEG of at most ``thumbnailSide`` pixels a side. It is made once, and again only after many others.
  func thumbnail(_ sha256: String) async throws -> [UInt8] {
    if let known = thumbnails.withLock({ $0.bytes(sha256) }) { return known }
    let store = store
    let bytes = try await gate.run {
      try await BlockingExecutor.run {
        try Self.thumbnail(of: PNG.decode(store.read(sha256), named: store.path(sha256)).image)
      }
    }
    thumbnails.withLock { $0.insert(sha256, bytes) }
    return bytes
  }

  /// A JPEG of at most ``thumbnailSide`` pixels a side.
  static func thumbnail(of image: RGBImage) throws -> [UInt8] { try JPEG.encode(small(image), quality: quality) }

  private static func small(_ image: RGBImage) -> RGBImage {
    let longest = max(image.width, image.height)
    guard longest > thumbnailSide else { return image }
    return image.resized(
      width: max(1, image.width * thumbnailSide / longest), height: max(1, image.height * thumbnailSide / longest))
  }
}
