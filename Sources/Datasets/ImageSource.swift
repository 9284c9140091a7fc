import Files
package import Provenance

/// Where the bytes of a dataset's images come from, and what becomes of them.
package struct ImageSource: Sendable {
  /// How an image comes into a dataset.
  package enum Making: Sendable, Equatable {
    /// The rendered PNG, byte for byte.
    case copy
    /// The stored PNG under a second name, which takes no space.
    case link
    case convert(ImageConversion)
  }

  private let making: Making
  private let remote: Remote?

  /// Images that come over a network instead of from files.
  package struct Remote: Sendable {
    /// Reads that gain from being under way at the same time.
    let width: Int
    /// The bytes of the image with a digest; blocks.
    let read: @Sendable (String) throws -> [UInt8]

    package init(width: Int, read: @escaping @Sendable (String) throws -> [UInt8]) {
      self.width = width
      self.read = read
    }
  }

  /// - Parameters:
  ///   - remote: Where the images' bytes come from; nil for the files that they name.
  ///   - processors: Conversions that gain from being under way at the same time.
  package init(_ making: Making = .copy, remote: Remote? = nil, processors: Int = 1) {
    self.making = making
    self.remote = remote
    width = max(remote?.width ?? 1, making == .copy || making == .link ? 1 : processors)
  }

  /// Images that gain from being read or converted at the same time.
  let width: Int

  var isLinking: Bool { making == .link }

  private var conversion: ImageConversion? {
    if case .convert(let conversion) = making { conversion } else { nil }
  }

  var isConverting: Bool { conversion != nil }

  /// Of the files' names.
  var suffix: String { conversion?.format.suffix ?? "png" }

  /// What files depend on beside their images.
  var description: String { conversion?.description ?? "" }

  /// The file of an image in the dataset.
  ///
  /// - Parameter original: the bytes of the PNG, if they are known.
  /// - Throws: `DatasetError` if the image's file is missing or not the one of its record, or cannot be converted.
  func file(of image: DatasetImage, original: [UInt8]? = nil) throws -> [UInt8] {
    let bytes = try original ?? bytes(of: image)
    return try conversion?.convert(bytes, named: image.source) ?? bytes
  }

  /// Whether a path has the image's file, complete and intact.
  func isFile(of image: DatasetImage, at path: String, original: [UInt8]?) throws -> Bool {
    guard let conversion, let original else { return try Self.isWhole(image, at: path) }
    guard File.exists(path) else { return false }
    return try conversion.isResult(try File.read(path), of: original, named: image.source)
  }

  /// Whether a path has the rendered PNG.
  static func isWhole(_ image: DatasetImage, at path: String) throws -> Bool {
    guard File.size(path) == image.bytes else { return false }
    return try DatasetImage.digest(of: File.read(path)) == image.sha256
  }

  /// The rendered PNG, checked.
  func bytes(of image: DatasetImage) throws -> [UInt8] {
    func damaged(_ reason: String) -> DatasetError {
      DatasetError(
        .damagedImage,
        "\(image.title) cannot be exported: its file \(image.source) \(reason); render it again"
      )
    }
    let bytes: [UInt8]
    if let remote {
      bytes = try remote.read(image.sha256)
    } else {
      guard File.exists(image.source) else { throw damaged("is missing") }
      bytes = try File.read(image.source)
    }
    guard bytes.count == image.bytes else { throw damaged("has \(bytes.count) bytes instead of \(image.bytes)") }
    let digest = DatasetImage.digest(of: bytes)
    guard digest == image.sha256 else {
      throw damaged("is damaged: its SHA-256 is \(digest) instead of \(image.sha256)")
    }
    return bytes
  }
}
