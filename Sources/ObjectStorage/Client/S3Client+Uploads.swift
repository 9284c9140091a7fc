import Files
package import Foundation

/// An upload in parts that was begun and neither completed nor aborted: its parts take space and are in no listing.
package struct S3Upload: Hashable, Sendable {
  /// Without the store's prefix.
  package let key: String
  package let id: String
  /// When it was begun, by the server's clock.
  package let begun: Date
}

extension S3Client {
  /// Answers of a server that does not offer an operation.
  private static let notOffered: Set = [400, 404, 405, 501]

  /// The uploads of the store that are not complete, and the server's time; nil if the server does not list them.
  package func uploads() throws(ObjectStorageError) -> (uploads: [S3Upload], now: Date)? {
    var uploads: [S3Upload] = []
    var from: [(String, String)] = []
    while true {
      var request = S3Request("GET", "")
      request.query = [("uploads", ""), ("prefix", address.prefix)] + from
      request.largestAnswer = 16 << 20
      let answer = try perform(request, accepting: Self.notOffered)
      try requireBucket(answer)
      guard answer.status == 200, let root = XMLElement.parse(answer.body), root.name == "ListMultipartUploadsResult",
        let now = answer.headers["date"].flatMap(ServerTime.parse)
      else { return nil }
      for entry in root.all("Upload") {
        guard let key = entry.value("Key"), key.hasPrefix(address.prefix), let id = entry.value("UploadId"),
          let begun = entry.value("Initiated").flatMap(ServerTime.parse)
        else { continue }
        uploads.append(S3Upload(key: String(key.dropFirst(address.prefix.count)), id: id, begun: begun))
      }
      let next = [
        ("key-marker", root.value("NextKeyMarker") ?? ""), ("upload-id-marker", root.value("NextUploadIdMarker") ?? ""),
      ]
      guard root.value("IsTruncated") == "true", !next[0].1.isEmpty, next.map(\.1) != from.map(\.1) else {
        return (uploads, now)
      }
      from = next
    }
  }

  /// When the last part of an upload arrived; nil if it has none.
  package func lastPart(of upload: S3Upload) throws(ObjectStorageError) -> Date? {
    var last: Date?
    var from = ""
    while true {
      var request = S3Request("GET", address.prefix + upload.key)
      request.query = [("uploadId", upload.id)] + (from.isEmpty ? [] : [("part-number-marker", from)])
      request.largestAnswer = 16 << 20
      let answer = try perform(request, accepting: [404])
      guard answer.status == 200, let root = XMLElement.parse(answer.body) else { return last }
      for part in root.all("Part") {
        guard let time = part.value("LastModified").flatMap(ServerTime.parse) else { continue }
        last = max(last ?? time, time)
      }
      guard root.value("IsTruncated") == "true", let next = root.value("NextPartNumberMarker"), next != from else {
        return last
      }
      from = next
    }
  }

  /// Ends an upload and frees its parts; does nothing if it has ended.
  package func abort(_ upload: S3Upload) throws(ObjectStorageError) {
    try abort(upload.id, upload.key)
  }
}
