import Files

/// The entries of a zip file without compression, as PyTorch writes it.
///
/// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 6.3.10, sections 4.3 and 4.5.3.
struct ZipArchive {
  struct Entry {
    /// The range of the bytes in the file.
    let range: Range<Int>
    let checksum: UInt32
  }

  let entries: [String: Entry]
  private let file: String

  private static let largestCount = 1_000_000
  private static let (localSize, centralSize, endSize) = (30, 46, 22)

  static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) }

  /// - Throws: `CheckpointError` that names the entry if one is compressed, encrypted, damaged or misplaced.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.file = file
    func damage(_ offset: Int, _ message: String) -> CheckpointError {
      CheckpointError(.malformed, file: file, offset: offset, message)
    }
    /// A little-endian number at an offset of the file.
    func number(_ offset: Int, _ size: Int) throws -> Int {
      guard offset >= 0, size <= bytes.count - offset else { throw damage(offset, "the archive is cut off") }
      let value = (0..<size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[offset + $1]) }
      guard let result = Int(exactly: value) else { throw damage(offset, "a size is too large") }
      return result
    }
    let directory = try Self.directory(bytes, number, damage)
    guard directory.count <= Self.largestCount else {
      throw damage(directory.start, "the archive has too many entries")
    }
    var entries: [String: Entry] = [:]
    var position = directory.start
    for _ in 0..<directory.count {
      guard try number(position, 4) == 0x0201_4b50 else { throw damage(position, "the archive's directory is damaged") }
      let (flags, method, checksum) = (
        try number(position + 8, 2), try number(position + 10, 2), try number(position + 16, 4)
      )
      var sizes = [try number(position + 24, 4), try number(position + 20, 4), try number(position + 42, 4)]
      let (nameSize, extraSize, commentSize) = (
        try number(position + 28, 2), try number(position + 30, 2), try number(position + 32, 2)
      )
      let nameStart = position + Self.centralSize
      guard nameSize + extraSize + commentSize <= bytes.count - nameStart,
        let name = String(validating: bytes[nameStart..<nameStart + nameSize], as: UTF8.self)
      else { throw damage(position, "an entry of the archive's directory is cut off or has no readable name") }
      var extra = nameStart + nameSize
      let extraEnd = extra + extraSize
      while extra + 4 <= extraEnd {
        let (kind, length) = (try number(extra, 2), try number(extra + 2, 2))
        guard extra + 4 + length <= extraEnd else { throw damage(extra, "an entry's extra field is cut off") }
        if kind == 1 {
          // Zip64 stores the numbers that did not fit above, in this order.
          var field = extra + 4
          for index in sizes.indices where sizes[index] == 0xffff_ffff && field + 8 <= extra + 4 + length {
            sizes[index] = try number(field, 8)
            field += 8
          }
        }
        extra += 4 + length
      }
      let (size, stored, local) = (sizes[0], sizes[1], sizes[2])
      guard flags & 0x2041 == 0, method == 0, stored == size else {
        throw CheckpointError(
          .unsupported, file: file, offset: position,
          "the entry '\(ForeignName.shown(name))' is compressed or encrypted, which torch.save never does: the file is refused"
        )
      }
      guard !name.hasPrefix("/"), !name.split(separator: "/").contains(".."), !name.contains("\\") else {
        throw CheckpointError(
          .unsupported, file: file, offset: position,
          "the entry '\(ForeignName.shown(name))' leads out of the archive: the file is refused")
      }
      guard try number(local, 4) == 0x0403_4b50 else { throw damage(local, "an entry's local header is missing") }
      let start = try local + Self.localSize + number(local + 26, 2) + number(local + 28, 2)
      guard start <= directory.start, size <= directory.start - start else {
        throw damage(position, "the entry '\(ForeignName.shown(name))' reaches beyond the archive")
      }
      let entry = Entry(range: start..<start + size, checksum: UInt32(checksum))
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw damage(position, "the archive has two entries named '\(ForeignName.shown(name))'")
      }
      position = nameStart + nameSize + extraSize + commentSize
    }
    var last = 0
    for range in entries.values.map(\.range).sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      guard range.lowerBound >= last else { throw damage(range.lowerBound, "entries of the archive overlap") }
      last = range.upperBound
    }
    self.entries = entries
  }

  /// Compares an entry's bytes with its checksum; PyTorch writes 0 if it was told not to compute checksums.
  ///
  /// - Throws: `CheckpointError`: `malformed` if they differ.
  func verify(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
    guard let entry = entries[name], entry.checksum != 0 else { return }
    guard CRC32.checksum(UnsafeRawBufferPointer(rebasing: bytes[entry.range])) == entry.checksum else {
      throw CheckpointError(
        .malformed, file: file, offset: entry.range.lowerBound,
        "the checksum of '\(ForeignName.shown(name))' is wrong: the file is damaged, get it again")
    }
  }

  /// Compares all entries' bytes with their checksums.
  func verify(_ bytes: UnsafeRawBufferPointer) throws {
    for name in entries.keys.sorted() { try verify(name, bytes) }
  }

  private static func directory(
    _ bytes: UnsafeRawBufferPointer, _ number: (Int, Int) throws -> Int, _ damage: (Int, String) -> CheckpointError
  ) throws -> (start: Int, count: Int) {
    let first = max(0, bytes.count - endSize - 65_535)
    guard
      let end = stride(from: bytes.count - endSize, through: first, by: -1).first(where: { offset in
        bytes[offset] == 0x50 && bytes[offset + 1] == 0x4b && bytes[offset + 2] == 5 && bytes[offset + 3] == 6
      })
    else { throw damage(bytes.count, "the archive has no directory: the file is cut off, get it again") }
    var (count, start) = (try number(end + 10, 2), try number(end + 16, 4))
    let hasLocator = try end >= 20 && number(end - 20, 4) == 0x0706_4b50
    if hasLocator || count == 0xffff || start == 0xffff_ffff {
      let record = hasLocator ? try number(end - 12, 8) : -1
      guard hasLocator, try number(record, 4) == 0x0606_4b50 else {
        throw damage(end, "the archive's zip64 directory is missing")
      }
      (count, start) = (try number(record + 32, 8), try number(record + 48, 8))
    }
    guard start <= bytes.count else { throw damage(end, "the archive's directory lies outside of the file") }
    return (start, count)
  }
}
