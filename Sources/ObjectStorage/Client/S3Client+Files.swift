import Crypto
import Files
import Foundation

extension S3Client {
  /// Bytes up to which a file is sent in one request.
  package static let part = 16 << 20
  /// Parts of a file that are on their way at the same time.
  private static let partsAhead = 4

  /// Stores a file under a key, in parts if it is large; bounded memory.
  ///
  /// - Throws: `FileError`, ``ObjectStorageError``. An upload that fails leaves no object.
  package func upload(_ path: String, as key: String, progress: (Int64) throws -> Void = { _ in }) throws {
    let file = try OpenFile(path)
    guard file.bytes > Int64(Self.part) else {
      try put(try file.read(0..<file.bytes), as: key)
      return try progress(file.bytes)
    }
    let upload = try begin(key)
    do {
      let parts = Self.parts(of: file.bytes).enumerated().map { (number: $0 + 1, range: $1) }
      var tags: [String] = []
      try ReadAhead.forEach(parts, width: Self.partsAhead) { [self] part in
        try put(try file.read(part.range), part: part.number, of: upload, as: key)
      } _: { part, tag in
        tags.append(try tag.get())
        try progress(part.range.upperBound)
      }
      try complete(upload, key, tags)
    } catch {
      try? abort(upload, key)
      throw error
    }
  }

  /// The ranges in which a file of this size is sent.
  private static func parts(of bytes: Int64) -> [Range<Int64>] {
    // A server takes at most 10,000 parts.
    let size = max(Int64(Self.part), bytes / 9_000 + 1)
    return stride(from: 0, to: bytes, by: Int(size)).map { $0..<min($0 + size, bytes) }
  }

  /// Whether an object has the bytes of a file, as far as its size and tag tell; nil if this server's tags do not tell.
  ///
  /// Most servers give the MD5 of the bytes, or that of the MD5s of the parts with their number.
  /// - Throws: `FileError`, ``ObjectStorageError``.
  package func matches(_ key: String, _ path: String) throws -> Bool? {
    let file = try OpenFile(path)
    guard let object = try status(of: key), object.bytes == file.bytes else { return false }
    var digests: [UInt8] = []
    let parts = Self.parts(of: file.bytes)
    for part in parts { digests += Insecure.MD5.hash(data: try file.read(part)) }
    let usual =
      parts.count > 1
      ? "\(Hex.encode(Insecure.MD5.hash(data: digests)))-\(parts.count)"
      : parts.isEmpty ? Hex.encode(Insecure.MD5.hash(data: digests)) : Hex.encode(digests)
    return object.tag.trimmingCharacters(in: ["\""]) == usual ? true : nil
  }

  /// Calls `body` with the bytes of an object in order, in parts of which several are on their way; bounded memory.
  ///
  /// - Parameter offset: bytes that the caller has already.
  /// - Returns: false if there is no such object.
  package func read(_ key: String, from offset: Int64 = 0, _ body: ([UInt8]) throws -> Void) throws -> Bool {
    guard let object = try status(of: key) else { return false }
    guard offset < object.bytes else { return true }
    let ranges = stride(from: offset, to: object.bytes, by: Self.part).map {
      $0..<min($0 + Int64(Self.part), object.bytes)
    }
    var isThere = true
    try ReadAhead.forEach(ranges, width: Self.partsAhead) { [self] in
      try get(key, $0, tag: object.tag)
    } _: { _, bytes in
      guard let bytes = try bytes.get() else {
        isThere = false
        return
      }
      if isThere { try body(bytes) }
    }
    return isThere
  }

  /// Begins an upload in parts; returns its name. Its parts take space until it is complete or aborted.
  package func begin(_ key: String) throws(ObjectStorageError) -> String {
    var request = S3Request("POST", address.prefix + key, body: [])
    request.query = [("uploads", "")]
    let answer = try perform(request)
    guard let id = XMLElement.parse(answer.body)?.value("UploadId"), !id.isEmpty else {
      throw ObjectStorageError(.unexpected, "\(address.describe(key)): the store began an upload without naming it")
    }
    return id
  }

  private func put(
    _ bytes: [UInt8], part: Int, of upload: String, as key: String
  ) throws(ObjectStorageError) -> String {
    var request = S3Request("PUT", address.prefix + key, body: bytes)
    request.query = [("partNumber", "\(part)"), ("uploadId", upload)]
    guard let tag = try perform(request).headers["etag"] else {
      throw ObjectStorageError(.unexpected, "\(address.describe(key)): the store did not name part \(part)")
    }
    return tag
  }

  private func complete(_ upload: String, _ key: String, _ tags: [String]) throws(ObjectStorageError) {
    let parts = tags.enumerated().map {
      "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\($1.replacing("\"", with: "&quot;"))</ETag></Part>"
    }.joined()
    var request = S3Request(
      "POST", address.prefix + key,
      body: Array("<CompleteMultipartUpload>\(parts)</CompleteMultipartUpload>".utf8))
    request.query = [("uploadId", upload)]
    request.mayFailLate = true
    _ = try perform(request)
  }

  func abort(_ upload: String, _ key: String) throws(ObjectStorageError) {
    var request = S3Request("DELETE", address.prefix + key)
    request.query = [("uploadId", upload)]
    _ = try perform(request, accepting: [404])
  }
}
