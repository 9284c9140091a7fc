import Vocabulary

/// Writes a file of many images, one after the other.
protocol ShardWriter {
  /// - Parameter bytes: the image's file.
  mutating func append(_ image: DatasetImage, _ bytes: [UInt8]) throws
  mutating func finish() throws
}

/// A WebDataset shard: for each image its file, its metadata and its class under one name.
///
/// The same images give the same bytes: POSIX's ustar headers without owners and times.
struct TarShard: ShardWriter {
  private static let block = 512
  /// Two blocks of zeros end an archive.
  static let end = [UInt8](repeating: 0, count: 2 * block)
  private let put: ([UInt8]) throws -> Void

  init(to put: @escaping ([UInt8]) throws -> Void) { self.put = put }

  func append(_ image: DatasetImage, _ bytes: [UInt8]) throws {
    let key = image.stem
    try add(image.fileName, bytes)
    try add("\(key).json", Array(image.row(file: nil).utf8))
    if let label = image.label { try add("\(key).cls", Array("\(label.index)".utf8)) }
  }

  func finish() throws { try put(Self.end) }

  private func add(_ name: String, _ contents: [UInt8]) throws {
    try put(Self.header(name, contents.count))
    try put(contents)
    let rest = contents.count % Self.block
    if rest > 0 { try put([UInt8](repeating: 0, count: Self.block - rest)) }
  }

  static func header(_ name: String, _ size: Int) -> [UInt8] {
    func octal(_ number: Int, _ width: Int) -> [UInt8] {
      let digits = String(number, radix: 8)
      return Array("\(String(repeating: "0", count: max(0, width - 1 - digits.count)))\(digits)\0".utf8)
    }
    func padded(_ text: String, _ width: Int) -> [UInt8] {
      Array(text.utf8) + [UInt8](repeating: 0, count: max(0, width - text.utf8.count))
    }
    var header = padded(name, 100) + octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12)
    // The checksum counts its own field as spaces.
    let start = header.count
    header += [UInt8](repeating: 32, count: 8) + Array("0".utf8) + padded("", 100) + Array("ustar\u{0}00".utf8)
    header += padded("", 32) + padded("", 32) + octal(0, 8) + octal(0, 8)
    header += [UInt8](repeating: 0, count: block - header.count)
    let sum = header.reduce(0) { $0 + Int($1) }
    header.replaceSubrange(start..<start + 8, with: octal(sum, 7) + [32])
    return header
  }
}
