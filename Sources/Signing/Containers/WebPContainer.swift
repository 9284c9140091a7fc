import Files

/// A WebP keeps its manifest store in a C2PA chunk at its end.
enum WebPContainer: ManifestContainer {
  private static let header = 12

  static func place(in file: [UInt8], named name: String) throws -> ManifestPlace? {
    var found: [ManifestPlace] = []
    var offset = header
    let end = try end(of: file, named: name)
    while offset < end {
      guard end - offset >= 8 else { throw damaged(name, offset) }
      let count = littleEndian(file[offset + 4..<offset + 8])
      guard count <= end - offset - 8 else { throw damaged(name, offset) }
      if file[offset..<offset + 4].elementsEqual("C2PA".utf8) {
        found.append(
          ManifestPlace(store: Array(file[offset + 8..<offset + 8 + count]), range: offset..<offset + 8 + count))
      }
      offset += 8 + count + count & 1
    }
    guard found.count <= 1 else {
      throw SigningError(.malformed, file: name, "the WebP carries \(found.count) manifest stores")
    }
    return found.first
  }

  static func embedding(
    _ store: [UInt8], in file: [UInt8], named name: String
  ) throws -> (file: [UInt8], range: Range<Int>) {
    let end = try end(of: file, named: name)
    // Chunks begin at even offsets; some writers leave out the last one's filling.
    let start = end + end & 1
    guard start >= file.count else {
      throw SigningError(.file, file: name, offset: end, "\(file.count - end) bytes follow the end of the WebP")
    }
    let body = Array(file[..<end]) + [UInt8](repeating: 0, count: end & 1)
    var whole = body + Array("C2PA".utf8) + littleEndian(store.count) + store
    whole += [UInt8](repeating: 0, count: store.count & 1)
    guard whole.count <= Int(UInt32.max) else { throw SigningError(.file, file: name, "the WebP is too large") }
    whole.replaceSubrange(4..<8, with: littleEndian(whole.count - 8))
    return (whole, start..<start + 8 + store.count)
  }

  static func removing(_ place: ManifestPlace, from file: [UInt8]) -> [UInt8] {
    let filling = place.range.count & 1
    var rest = Array(file[..<place.range.lowerBound] + file[min(file.count, place.range.upperBound + filling)...])
    rest.replaceSubrange(4..<8, with: littleEndian(rest.count - 8))
    return rest
  }

  /// The end of the RIFF form, which may not be the file's.
  private static func end(of file: [UInt8], named name: String) throws(SigningError) -> Int {
    guard file.count >= header else { throw damaged(name, 0) }
    let end = littleEndian(file[4..<8]) + 8
    guard end >= header, end <= file.count else { throw damaged(name, 4) }
    return end
  }

  private static func damaged(_ name: String, _ offset: Int) -> SigningError {
    SigningError(.file, file: name, offset: offset, "the WebP is truncated: a chunk should start here")
  }

  private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func littleEndian(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
