import Files
package import Foundation

/// An object of a store, without its bytes.
package struct S3Object: Hashable, Sendable {
  /// Without the store's prefix.
  package let key: String
  package let bytes: Int64
  /// When it was last written, by the server's clock.
  package let modified: Date
  package let tag: String

  package init(key: String, bytes: Int64, modified: Date, tag: String) {
    self.key = key
    self.bytes = bytes
    self.modified = modified
    self.tag = tag
  }
}

extension S3Client {
  /// Bytes of an answer that reports an error.
  private static let largestError = 1 << 16

  /// Stores bytes under a key and replaces what was there. When the call returns, the server has them durably.
  ///
  /// Bytes are sent even if the key exists: that renews its time, and servers differ in whether a conditional request
  /// is atomic.
  package func put(_ bytes: [UInt8], as key: String, type: String = "application/octet-stream")
    throws(ObjectStorageError)
  {
    var request = S3Request("PUT", address.prefix + key, body: bytes)
    request.headers = [("content-type", type)]
    _ = try perform(request)
  }

  /// The bytes of an object; nil if there is none.
  ///
  /// - Parameter limit: bytes beyond which the object is refused.
  package func get(_ key: String, atMost limit: Int) throws(ObjectStorageError) -> [UInt8]? {
    var request = S3Request("GET", address.prefix + key)
    request.largestAnswer = limit + Self.largestError
    let bytes = try whole(try perform(request, accepting: [404]), key)
    guard (bytes?.count ?? 0) <= limit else {
      throw ObjectStorageError(
        .unexpected, "\(address.describe(key)) has \(bytes?.count ?? 0) bytes, and at most \(limit) are expected")
    }
    return bytes
  }

  /// The bytes of a part of an object; nil if there is no such object.
  ///
  /// - Parameter tag: of the object that the other parts are of.
  func get(_ key: String, _ range: Range<Int64>, tag: String) throws(ObjectStorageError) -> [UInt8]? {
    var request = S3Request("GET", address.prefix + key)
    request.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"), ("if-match", tag)]
    request.largestAnswer = Int(clamping: range.count) + Self.largestError
    let answer = try perform(request, accepting: [404, 412])
    guard answer.status != 412 else {
      throw ObjectStorageError(.damaged, "\(address.describe(key)) was replaced while it was read: try again")
    }
    guard let bytes = try whole(answer, key) else { return nil }
    guard answer.status == 206 || range.lowerBound == 0, bytes.count == range.count else {
      throw ObjectStorageError(
        .damaged, "\(address.describe(key)): the store sent \(bytes.count) bytes where \(range.count) were asked for")
    }
    return bytes
  }

  /// The size of an object and its first bytes; nil if there is none.
  package func beginning(
    of key: String, atMost limit: Int
  ) throws(ObjectStorageError) -> (bytes: [UInt8], size: Int)? {
    var request = S3Request("GET", address.prefix + key)
    request.headers = [("range", "bytes=0-\(max(1, limit) - 1)")]
    request.largestAnswer = limit + Self.largestError
    let answer = try perform(request, accepting: [404, 416])
    // An empty object has no first byte.
    if answer.status == 416 { return ([], 0) }
    guard let bytes = try whole(answer, key) else { return nil }
    // `bytes 0-99/1234`; a server without ranges sends the whole object.
    let total = answer.headers["content-range"]?.split(separator: "/").last.flatMap { Int($0) }
    guard let size = answer.status == 206 ? total : bytes.count, size >= bytes.count else {
      throw ObjectStorageError(.unexpected, "\(address.describe(key)): the store told no size of it")
    }
    return (bytes, size)
  }

  /// An object's size and time; nil if there is none.
  package func status(of key: String) throws(ObjectStorageError) -> S3Object? {
    let answer = try perform(S3Request("HEAD", address.prefix + key), accepting: [404])
    guard answer.status != 404 else {
      // An answer to HEAD has no body that tells a missing object from a missing bucket.
      guard try beginning(of: key, atMost: 1) == nil else { return try status(of: key) }
      return nil
    }
    guard let bytes = answer.headers["content-length"].flatMap({ Int64($0) }), bytes >= 0,
      let modified = answer.headers["last-modified"].flatMap(ServerTime.parse)
    else { throw ObjectStorageError(.unexpected, "\(address.describe(key)): the store told no size or time of it") }
    return S3Object(key: key, bytes: bytes, modified: modified, tag: answer.headers["etag"] ?? "")
  }

  /// Deletes an object; does nothing if there is none.
  ///
  /// - Parameter decided: the server refuses the request from 15 minutes after this time.
  package func delete(_ key: String, decided: Date? = nil) throws(ObjectStorageError) {
    var request = S3Request("DELETE", address.prefix + key)
    request.decided = decided
    let answer = try perform(request, accepting: [404])
    if answer.status == 404 { try requireBucket(answer) }
  }

  /// Copies an object within the store; returns false if there is no such object.
  package func copy(_ key: String, to target: String) throws(ObjectStorageError) -> Bool {
    var request = S3Request("PUT", address.prefix + target, body: [])
    request.headers = [
      ("x-amz-copy-source", "/\(address.bucket)/\(PercentEncoding.path(address.prefix + key))"),
      ("x-amz-metadata-directive", "COPY"),
    ]
    request.mayFailLate = true
    let answer = try perform(request, accepting: [404])
    if answer.status == 404 { try requireBucket(answer) }
    return answer.status != 404
  }

  private func whole(_ answer: HTTPAnswer, _ key: String) throws(ObjectStorageError) -> [UInt8]? {
    if answer.status == 404 {
      try requireBucket(answer)
      return nil
    }
    if let announced = answer.headers["content-length"].flatMap({ Int($0) }), announced != answer.body.count {
      throw ObjectStorageError(
        .damaged, "\(address.describe(key)): \(answer.body.count) bytes arrived of \(announced)")
    }
    return answer.body
  }

  /// - Throws: if an answer of 404 is about the bucket.
  func requireBucket(_ answer: HTTPAnswer) throws(ObjectStorageError) {
    let fault = S3Fault(answer)
    if fault.isMissingBucket { throw fault.error(S3Request("GET", ""), self) }
  }
}
