import Files

/// A JPEG keeps its manifest store in consecutive APP11 segments (JPEG XT, ISO 18477-3), here after its other metadata.
enum JPEGContainer: ManifestContainer {
  private static let app11: UInt8 = 0xEB
  /// Bytes of the store that a segment holds, after "JP", the instance and the sequence number; later segments repeat
  /// the store's first eight bytes before theirs.
  private static let capacity = 65_000

  private struct Segment {
    let marker: UInt8
    /// The range of marker, length and contents.
    let whole: Range<Int>
    let contents: Range<Int>
  }

  static func place(in file: [UInt8], named name: String) throws -> ManifestPlace? {
    var (store, range): ([UInt8], Range<Int>?) = ([], nil)
    var (instance, sequence): (ArraySlice<UInt8>, UInt32) = ([], 0)
    for segment in try segments(of: file, named: name) where segment.marker == app11 {
      let contents = file[segment.contents]
      guard contents.count > 16, contents.starts(with: "JP".utf8) else { continue }
      let own = contents.dropFirst(2).prefix(2)
      let number = contents.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
      if let known = range, own.elementsEqual(instance) {
        guard segment.whole.lowerBound == known.upperBound, number == sequence &+ 1 else {
          throw SigningError(
            .malformed, file: name, offset: segment.whole.lowerBound,
            "the parts of the manifest store do not follow each other")
        }
        store += contents.dropFirst(16)
        range = known.lowerBound..<segment.whole.upperBound
        sequence = number
      } else if contents.dropFirst(24).starts(with: JUMBFBox.Kind.store.uuid) {
        guard range == nil else {
          throw SigningError(.malformed, file: name, "the JPEG carries several manifest stores")
        }
        store = Array(contents.dropFirst(8))
        (range, instance, sequence) = (segment.whole, own, number)
      }
    }
    return range.map { ManifestPlace(store: store, range: $0) }
  }

  static func embedding(
    _ store: [UInt8], in file: [UInt8], named name: String
  ) throws -> (file: [UInt8], range: Range<Int>) {
    // Markers E0 to EF (APPn) and FE (comments) are metadata; they stand first.
    let metadata = try segments(of: file, named: name).prefix { 0xE0...0xEF ~= $0.marker || $0.marker == 0xFE }
    let start = metadata.last?.whole.upperBound ?? 2
    var added: [UInt8] = []
    var rest = store[...]
    var number: UInt32 = 1
    while !rest.isEmpty {
      let head = number == 1 ? [] : Array(store.prefix(8))
      let contents = Array("JP".utf8) + [0, 1] + JUMBFBox.bigEndian(number) + head + rest.prefix(capacity)
      let length = UInt16(contents.count + 2)
      added += [0xFF, app11, UInt8(length >> 8), UInt8(length & 0xFF)] + contents
      rest = rest.dropFirst(capacity)
      number += 1
    }
    return (Array(file[..<start] + added + file[start...]), start..<start + added.count)
  }

  /// The segments before the pixels.
  private static func segments(of file: [UInt8], named name: String) throws(SigningError) -> [Segment] {
    var segments: [Segment] = []
    var offset = 2
    while offset + 4 <= file.count {
      guard file[offset] == 0xFF else {
        throw SigningError(.file, file: name, offset: offset, "the JPEG is damaged: a segment should start here")
      }
      let marker = file[offset + 1]
      // Any number of FF may stand before a marker.
      if marker == 0xFF {
        offset += 1
        continue
      }
      let length = Int(file[offset + 2]) << 8 | Int(file[offset + 3])
      guard length >= 2, length <= file.count - offset - 2 else {
        throw SigningError(
          .file, file: name, offset: offset, "the JPEG is truncated: a segment of \(length) bytes starts here")
      }
      if marker == 0xDA { return segments }
      segments.append(
        Segment(marker: marker, whole: offset..<offset + 2 + length, contents: offset + 4..<offset + 2 + length))
      offset += 2 + length
    }
    throw SigningError(.file, file: name, offset: offset, "the JPEG is truncated: it has no pixels")
  }
}
