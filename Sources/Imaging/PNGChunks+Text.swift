import CZlib
import Files

extension PNGChunks {
  /// Bytes of a compressed text, inflated, that are read: libpng's own limit.
  private static let largestText = 8_000_000

  /// The texts in file order.
  func texts(of bytes: [UInt8], named file: String) throws -> [PNGText] {
    try Self.texts(in: chunks, of: bytes, named: file)
  }

  /// The texts in some of a file's chunks, in their order, also those that another program compressed (zTXt, and iTXt
  /// with its flag set).
  static func texts(in chunks: [Chunk], of bytes: [UInt8], named file: String) throws -> [PNGText] {
    try chunks.compactMap { chunk in
      switch chunk.name {
      case "tEXt": try latin1(chunk, of: bytes, named: file)
      case "iTXt": try international(chunk, of: bytes, named: file)
      case "zTXt": try compressed(chunk, of: bytes, named: file)
      default: nil
      }
    }
  }

  private static func latin1(_ chunk: Chunk, of bytes: [UInt8], named file: String) throws -> PNGText {
    var rest = bytes[chunk.data]
    let keyword = try field(&rest, "keyword", of: chunk, named: file)
    guard let text = String(latin1: rest) else {
      throw PNGError(.damaged, file: file, offset: chunk.offset, "text '\(keyword)' holds a NUL character")
    }
    return PNGText(keyword: keyword, text: text, kind: .latin1)
  }

  private static func compressed(_ chunk: Chunk, of bytes: [UInt8], named file: String) throws -> PNGText {
    var rest = bytes[chunk.data]
    let keyword = try field(&rest, "keyword", of: chunk, named: file)
    let method = rest.popFirst()
    let inflated = try inflate(rest, method, keyword, of: chunk, named: file)
    guard let text = String(latin1: inflated[...]) else {
      throw PNGError(.damaged, file: file, offset: chunk.offset, "text '\(keyword)' holds a NUL character")
    }
    return PNGText(keyword: keyword, text: text, kind: .latin1)
  }

  private static func inflate(
    _ bytes: ArraySlice<UInt8>, _ method: UInt8?, _ keyword: String, of chunk: Chunk, named file: String
  ) throws -> [UInt8] {
    func refuse(_ problem: String) -> PNGError {
      PNGError(.damaged, file: file, offset: chunk.offset, "text '\(keyword)' \(problem)")
    }
    guard method == 0 else { throw refuse("is compressed by an unknown method") }
    var room = min(max(4096, bytes.count * 4), largestText)
    while true {
      var status = Z_OK
      let text = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        var length = uLongf(room)
        status = bytes.withUnsafeBufferPointer {
          uncompress(buffer.baseAddress, &length, $0.baseAddress, uLong($0.count))
        }
        count = status == Z_OK ? Int(length) : 0
      }
      if status == Z_OK { return text }
      guard status == Z_BUF_ERROR else { throw refuse("cannot be inflated") }
      guard room < largestText else { throw refuse("has more than \(largestText) bytes") }
      room = min(room * 4, largestText)
    }
  }

  private static func international(_ chunk: Chunk, of bytes: [UInt8], named file: String) throws -> PNGText {
    var rest = bytes[chunk.data]
    let keyword = try field(&rest, "keyword", of: chunk, named: file)
    guard rest.count >= 2 else {
      throw PNGError(.damaged, file: file, offset: chunk.offset, "text '\(keyword)' ends too early")
    }
    let isCompressed = rest.removeFirst() != 0
    let method = rest.removeFirst()
    _ = try field(&rest, "language", of: chunk, named: file)
    _ = try field(&rest, "translated keyword", of: chunk, named: file)
    if isCompressed { rest = try inflate(rest, method, keyword, of: chunk, named: file)[...] }
    guard let text = String(validating: rest, as: UTF8.self), !rest.contains(0) else {
      throw PNGError(.damaged, file: file, offset: chunk.offset, "text '\(keyword)' is not valid UTF-8")
    }
    return PNGText(keyword: keyword, text: text, kind: .international)
  }

  /// Takes the bytes before the next NUL, and the NUL itself.
  private static func field(
    _ rest: inout ArraySlice<UInt8>, _ what: String, of chunk: Chunk, named file: String
  ) throws -> String {
    guard let end = rest.firstIndex(of: 0), let text = String(latin1: rest[..<end]) else {
      throw PNGError(.damaged, file: file, offset: chunk.offset, "the \(what) of chunk \(chunk.name) has no end")
    }
    rest = rest[(end + 1)...]
    return text
  }

  /// The chunk that holds `text`.
  static func serialized(_ text: PNGText, named file: String) throws -> [UInt8] {
    guard let keyword = text.keyword.latin1, (1...79).contains(keyword.count),
      keyword.allSatisfy({ (32...126).contains($0) || $0 >= 161 }), keyword.first != 32, keyword.last != 32,
      !text.keyword.contains("  ")
    else {
      throw PNGError(
        .badText, file: file,
        "'\(text.keyword)' cannot name a text: use 1 to 79 printable Latin-1 characters, single spaces"
      )
    }
    guard !text.text.utf8.contains(0) else {
      throw PNGError(.badText, file: file, "text '\(text.keyword)' holds a NUL character, which PNG cannot store")
    }
    switch text.kind {
    case .latin1:
      guard let latin1 = text.text.latin1 else {
        throw PNGError(.badText, file: file, "text '\(text.keyword)' is not Latin-1: write it as an international text")
      }
      return serialized("tEXt", keyword + [0] + latin1)
    case .international:
      return serialized("iTXt", keyword + [0, 0, 0, 0, 0] + Array(text.text.utf8))
    }
  }
}

extension String {
  /// The Latin-1 text of `bytes`; nil if it contains a NUL.
  fileprivate init?(latin1 bytes: ArraySlice<UInt8>) {
    guard !bytes.contains(0) else { return nil }
    self = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }

  /// The text as Latin-1; nil if it contains other characters.
  fileprivate var latin1: [UInt8]? {
    let scalars = unicodeScalars
    return scalars.allSatisfy { $0.value <= 0xFF } ? scalars.map { UInt8($0.value) } : nil
  }
}
