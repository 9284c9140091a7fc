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
  private let signature: Signature?

  /// Signs conversions of signed images, whose own signatures are of the PNGs.
  package struct Signature: Sendable {
    /// What tells signatures by different keys apart.
    let signer: String
    /// The signed form of a file that was converted from a PNG, with its name in errors.
    let sign: @Sendable (_ file: [UInt8], _ png: [UInt8], _ name: String) throws -> [UInt8]

    package init(
      by signer: String, sign: @escaping @Sendable (_ file: [UInt8], _ png: [UInt8], _ name: String) throws -> [UInt8]
    ) {
      self.signer = signer
      self.sign = sign
    }
  }

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
  ///   - signature: What signs conversions; nil to leave them unsigned.
  ///   - processors: Conversions that gain from being under way at the same time.
  package init(
    _ making: Making = .copy, remote: Remote? = nil, signature: Signature? = nil, processors: Int = 1
  ) {
    self.making = making
    self.remote = remote
    self.signature = signature
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
  var description: String {
    guard let conversion else { return "" }
    return conversion.description + (signature.map { ", signed by \($0.signer)" } ?? "")
  }

  /// The file of an image in the dataset.
  ///
  /// - Parameter original: the bytes of the PNG, if they are known.
  /// - Throws: `DatasetError` if the image's file is missing or not the one of its record, or cannot be converted.
  func file(of image: DatasetImage, original: [UInt8]? = nil) throws -> [UInt8] {
    let bytes = try original ?? bytes(of: image)
    guard let conversion else { return bytes }
    return try signed(conversion.convert(bytes, named: image.source), bytes, image)
  }

  private func signed(_ file: [UInt8], _ png: [UInt8], _ image: DatasetImage) throws -> [UInt8] {
    try signature?.sign(file, png, image.source) ?? file
  }

  /// Whether a path has the image's file, complete and intact.
  func isFile(of image: DatasetImage, at path: String, original: [UInt8]?) throws -> Bool {
    guard let conversion, let original else { return try Self.isWhole(image, at: path) }
    guard File.exists(path) else { return false }
    let file = try File.read(path)
    guard let whole = try conversion.result(keptIn: file, of: original, named: image.source) else { return false }
    return try signed(whole, original, image) == file
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
