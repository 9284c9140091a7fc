import Crypto
import Files
package import Foundation

/// Signs requests by AWS Signature Version 4 (docs.aws.amazon.com, "Authenticating Requests: Using the Authorization
/// Header").
package struct RequestSigner: Sendable {
  private static let algorithm = "AWS4-HMAC-SHA256"

  private let credentials: Credentials
  private let region: String

  package init(credentials: Credentials, region: String) {
    self.credentials = credentials
    self.region = region
  }

  /// The headers to send: the given ones, the date, the payload's digest, the session's token and the signature.
  ///
  /// - Parameters:
  ///   - path: percent-encoded.
  ///   - query: names and values, not encoded.
  ///   - headers: all headers to sign, with lower-case names; must hold `host`.
  ///   - payload: SHA-256 of the body in hexadecimal.
  ///   - date: the time of signing; servers refuse the request when it is more than 15 minutes off.
  package func sign(
    _ method: String, path: String, query: [(String, String)], headers: [(String, String)], payload: String, date: Date
  ) -> [(String, String)] {
    let time = ServerTime.compact(date)
    let day = String(time.prefix(8))
    var headers = headers
    headers.append(("x-amz-content-sha256", payload))
    headers.append(("x-amz-date", time))
    if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
    headers.sort { $0.0 < $1.0 }
    let names = headers.map(\.0).joined(separator: ";")
    let request = [
      method, path, Self.canonical(query), headers.map { "\($0.0):\($0.1)\n" }.joined(), names, payload,
    ].joined(separator: "\n")
    let scope = "\(day)/\(region)/s3/aws4_request"
    let text = [Self.algorithm, time, scope, Hex.encode(SHA256.hash(data: Data(request.utf8)))].joined(separator: "\n")
    var key = SymmetricKey(data: Data("AWS4\(credentials.secretKey)".utf8))
    for part in [day, region, "s3", "aws4_request"] { key = SymmetricKey(data: Self.code(part, key)) }
    let signature = Hex.encode(Self.code(text, key))
    headers.append(
      (
        "authorization",
        "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
      ))
    return headers
  }

  /// The query as it is signed and sent: encoded and sorted.
  static func canonical(_ query: [(String, String)]) -> String {
    query.map { (PercentEncoding.query($0.0), PercentEncoding.query($0.1)) }.sorted { $0 < $1 }
      .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
  }

  private static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
    HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
  }
}
