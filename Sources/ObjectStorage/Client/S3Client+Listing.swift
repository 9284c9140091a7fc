import Files
package import Foundation

/// A part of a listing.
package struct S3Page: Sendable {
  /// In the order of their keys.
  package let objects: [S3Object]
  /// Where the next page begins; nil at the end.
  package let next: String?
  /// The server's time when it answered.
  package let now: Date
}

extension S3Client {
  /// A page of objects whose keys begin with `prefix`.
  ///
  /// - Parameters:
  ///   - next: from the page before.
  ///   - count: objects of a page, up to the thousand that servers give.
  ///   - isFlat: leave out objects that have another "/" after the prefix.
  package func list(
    _ prefix: String, from next: String? = nil, atMost count: Int = 1000, isFlat: Bool = false
  ) throws(ObjectStorageError) -> S3Page {
    var request = S3Request("GET", "")
    request.query = [("list-type", "2"), ("prefix", address.prefix + prefix), ("max-keys", "\(count)")]
    if isFlat { request.query.append(("delimiter", "/")) }
    if let next { request.query.append(("continuation-token", next)) }
    request.largestAnswer = 16 << 20
    let answer = try perform(request)
    func strange(_ what: String) -> ObjectStorageError {
      ObjectStorageError(.unexpected, "the listing of \(address) by the store at \(endpoint.url) \(what)")
    }
    guard let root = XMLElement.parse(answer.body), root.name == "ListBucketResult" else {
      throw strange("is not in the form of S3")
    }
    var objects: [S3Object] = []
    for entry in root.all("Contents") {
      guard let name = entry.value("Key"), name.hasPrefix(address.prefix),
        let bytes = entry.value("Size").flatMap({ Int64($0) }), bytes >= 0,
        let modified = entry.value("LastModified").flatMap(ServerTime.parse)
      else { throw strange("has an entry without key, size or time") }
      objects.append(
        S3Object(
          key: String(name.dropFirst(address.prefix.count)), bytes: bytes, modified: modified,
          tag: entry.value("ETag") ?? ""))
    }
    let isCut = root.value("IsTruncated") == "true"
    let token = root.value("NextContinuationToken")
    guard !isCut || token != nil, token == nil || token != next else {
      throw strange("is cut off without a continuation")
    }
    guard let now = answer.headers["date"].flatMap(ServerTime.parse) else { throw strange("does not tell the time") }
    return S3Page(objects: objects, next: isCut ? token : nil, now: now)
  }

  /// Checks that the bucket exists and that the credentials may list it.
  package func check() throws(ObjectStorageError) {
    var request = S3Request("GET", "")
    request.query = [("list-type", "2"), ("prefix", address.prefix), ("max-keys", "1")]
    _ = try perform(request)
  }
}
