import Crypto
import Files
import Foundation

/// A request of the S3 protocol, before it is signed.
struct S3Request: Sendable {
  let method: String
  /// With the store's prefix; "" for the bucket itself.
  let key: String
  var query: [(String, String)] = []
  /// Names in lower case.
  var headers: [(String, String)] = []
  var body: [UInt8]?
  /// Bytes of a body beyond which the answer is refused.
  var largestAnswer = 1 << 20
  /// When the request was decided. The server refuses it more than 15 minutes later, however long this process slept.
  var decided: Date?
  /// Whether an answer of 200 may hold an error.
  var mayFailLate = false

  private let digest: String
  private let md5: String?

  init(_ method: String, _ key: String, body: [UInt8]? = nil) {
    self.method = method
    self.key = key
    self.body = body
    digest = Hex.encode(SHA256.hash(data: body ?? []))
    md5 = body.map { Data(Insecure.MD5.hash(data: $0)).base64EncodedString() }
  }

  /// Bytes a second that the slowest bearable store transfers.
  private static let slowest = 64 << 10

  func signed(by signer: RequestSigner, _ endpoint: S3Endpoint, _ now: Date) -> HTTPRequest {
    var headers = headers
    headers.append(("host", endpoint.authority))
    if let md5 { headers.append(("content-md5", md5)) }
    // The bucket itself has the path without a last slash only in path style, where servers take both.
    let path = endpoint.base + PercentEncoding.path(key)
    let signed = signer.sign(
      method, path: path, query: query, headers: headers, payload: digest, date: decided ?? now)
    let text = query.isEmpty ? "" : "?\(RequestSigner.canonical(query))"
    let bytes = max(body?.count ?? 0, largestAnswer)
    return HTTPRequest(
      method: method, url: endpoint.url + path + text, headers: signed, body: body, largestAnswer: largestAnswer,
      patience: .seconds(60 + bytes / Self.slowest))
  }
}
