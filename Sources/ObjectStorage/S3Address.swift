import Files

/// The address of a store in a bucket: `s3://bucket/prefix`.
package struct S3Address: Hashable, Sendable, CustomStringConvertible {
  package static let scheme = "s3://"

  package let bucket: String
  /// What every key begins with: "" or a path that ends with "/".
  package let prefix: String

  /// - Throws: ``ObjectStorageError`` (`badSettings`).
  package init(_ text: String) throws(ObjectStorageError) {
    func wrong(_ reason: String) -> ObjectStorageError {
      ObjectStorageError(.badSettings, "the store '\(text)' \(reason): write s3://BUCKET or s3://BUCKET/PREFIX")
    }
    guard text.hasPrefix(Self.scheme) else { throw wrong("does not begin with s3://") }
    var parts = text.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
    if parts.count > 1, parts.last == "" { parts.removeLast() }
    let bucket = String(parts.removeFirst())
    guard (3...63).contains(bucket.utf8.count), bucket.utf8.allSatisfy(Self.isBucketCharacter) else {
      throw wrong("has no valid bucket name (3 to 63 letters, digits, dots and hyphens)")
    }
    guard parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
      throw wrong("has an empty part or one of dots in its prefix")
    }
    guard parts.joined().utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "?") }) else {
      throw wrong("has a prefix with characters other than printable ASCII")
    }
    guard parts.reduce(0, { $0 + $1.utf8.count + 1 }) <= 512 else { throw wrong("has a prefix of more than 512 bytes") }
    self.bucket = bucket
    prefix = parts.map { "\($0)/" }.joined()
  }

  private static func isBucketCharacter(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  package var description: String {
    "\(Self.scheme)\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix.dropLast())")
  }

  /// The address of an object, for messages.
  package func describe(_ key: String) -> String { "\(Self.scheme)\(bucket)/\(prefix)\(key)" }
}
