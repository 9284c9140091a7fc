import Files

/// A range of a file's bytes that a request asks for.
struct ByteRange: Equatable, Sendable {
  let first: Int
  let last: Int

  /// Reads a `Range` header. Nil if it asks for nothing, for several ranges or in another unit: then the whole file is
  /// the answer.
  ///
  /// - Throws: ``PageError`` (`badRange`) if the file has none of the bytes.
  init?(_ header: String?, size: Int) throws(PageError) {
    guard let header, header.lowercased().hasPrefix("bytes="), !header.contains(",") else { return nil }
    let parts = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.trimmingPrefix { $0 == " " } }
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
    // A number that is too large for this program lies behind every file's end.
    let numbers = parts.map { $0.isEmpty ? nil : Int($0) ?? Int.max }
    switch (numbers[0], numbers[1]) {
    case (let start?, let end) where end.map({ $0 >= start }) ?? true:
      guard start < size else { throw Self.outside(size) }
      first = start
      last = min(end ?? Int.max, size - 1)
    case (nil, let length?):
      guard length > 0, size > 0 else { throw Self.outside(size) }
      first = max(0, size - length)
      last = size - 1
    default: return nil
    }
  }

  private static func outside(_ size: Int) -> PageError {
    PageError(.badRange, "the file has \(size) bytes and none of those that the request asks for")
  }

  /// Whether an `If-None-Match` header names the tag.
  static func matches(_ header: String?, tag: String) -> Bool {
    guard let header else { return false }
    return header.split(separator: ",").contains { part in
      let name = part.trimmingPrefix { $0 == " " }
      return name == "*" || name == "\"\(tag)\"" || name == "W/\"\(tag)\""
    }
  }
}
