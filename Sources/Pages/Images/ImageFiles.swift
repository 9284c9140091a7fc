import Farm
import Files
import Imaging
import Synchronization

/// The bytes of images and their thumbnails, by digest.
final class ImageFiles: Sendable {
  /// The side of a thumbnail: twice that of a tile, for dense screens.
  static let thumbnailSide = 192
  private static let quality = 85
  /// What thumbnails may take in memory, and on disk: some hundred thousand.
  private static let largestCache = (memory: 32 << 20, disk: 1 << 30)

  private let store: ArtifactStore
  private let thumbnails = Mutex(ThumbnailCache(limit: ImageFiles.largestCache.memory))
  private let folder: ThumbnailFolder
  /// Files are read and pictures made small by a few threads, so that a gallery does not take the machine from workers.
  private let gate = AsyncGate(width: 2, longestQueue: 512)

  /// - Parameters:
  ///   - home: the data folder, in which thumbnails are kept.
  ///   - minimumFree: bytes of its volume that are left to others.
  ///   - report: is told once when thumbnails cannot be kept there.
  init(store: ArtifactStore, home: String, minimumFree: Int64, report: @escaping @Sendable (String) -> Void) {
    self.store = store
    folder = ThumbnailFolder(
      "\(home)/cache/thumbnails-\(Self.thumbnailSide)-\(Self.quality)", limit: Self.largestCache.disk,
      minimumFree: minimumFree, report: report)
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

  /// Images that gain from being read at the same time.
  var width: Int { store.width }

  /// Where an image is, for people.
  func path(_ row: ImageRow) -> String { store.path(row.sha256) }

  /// Images of a batch, each compared with its row, or why one is of no use.
  func stored(_ rows: [ImageRow]) async throws -> [Result<StoredImage, any Error>] {
    let store = store
    return try await gate.run {
      try await BlockingExecutor.run {
        var images: [Result<StoredImage, any Error>] = []
        try ReadAhead.forEach(rows, width: store.width) {
          try StoredImage($0, in: store)
        } _: {
          images.append($1)
        }
        return images
      }
    }
  }

  /// A JPEG of at most ``thumbnailSide`` pixels a side. It is made once: memory has the latest, the disk the others.
  func thumbnail(_ sha256: String) async throws -> [UInt8] {
    if let known = known(sha256) { return known }
    let (store, folder) = (store, folder)
    let bytes = try await gate.run {
      // Others may have asked for it in the meantime.
      if let known = known(sha256) { return known }
      return try await BlockingExecutor.run {
        if let kept = folder.bytes(sha256) { return kept }
        let made = try Self.thumbnail(of: PNG.decode(store.read(sha256), named: store.path(sha256)).image)
        folder.insert(sha256, made)
        return made
      }
    }
    thumbnails.withLock { $0.insert(sha256, bytes) }
    return bytes
  }

  private func known(_ sha256: String) -> [UInt8]? { thumbnails.withLock { $0.bytes(sha256) } }

  /// A JPEG of at most ``thumbnailSide`` pixels a side.
  static func thumbnail(of image: RGBImage) throws -> [UInt8] { try JPEG.encode(small(image), quality: quality) }

  private static func small(_ image: RGBImage) -> RGBImage {
    let longest = max(image.width, image.height)
    guard longest > thumbnailSide else { return image }
    return image.resized(
      width: max(1, image.width * thumbnailSide / longest), height: max(1, image.height * thumbnailSide / longest))
  }
}
