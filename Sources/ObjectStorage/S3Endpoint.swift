import Files
import Foundation

/// The server that holds a bucket, and how its objects are named in requests.
struct S3Endpoint: Hashable, Sendable {
  let isSecure: Bool
  /// The value of the header Host: without the port if it is the scheme's usual one.
  let authority: String
  /// The path before a key, percent-encoded: "/" or "/bucket/".
  let base: String
  let region: String

  /// - Parameter environment: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION` and `AWS_DEFAULT_REGION` count where
  ///   the options say nothing.
  /// - Throws: ``ObjectStorageError`` (`badSettings`).
  init(_ options: S3Options, bucket: String, environment: [String: String]) throws(ObjectStorageError) {
    func given(_ names: String...) -> String? { names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } }
    region = options.region ?? given("AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1"
    guard !region.isEmpty, region.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || Self.isAlphanumeric($0) }) else {
      throw ObjectStorageError(.badSettings, "the region '\(region)' is not one: write a name such as eu-central-1")
    }
    let endpoint = options.endpoint ?? given("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    let address = endpoint ?? "https://s3.\(region).amazonaws.com"
    func wrong(_ reason: String) -> ObjectStorageError {
      ObjectStorageError(.badSettings, "the endpoint '\(address)' \(reason): write https://HOST or https://HOST:PORT")
    }
    guard let parts = URLComponents(string: address), let host = parts.host, !host.isEmpty else {
      throw wrong("is not an address")
    }
    guard parts.scheme == "https" || parts.scheme == "http" else { throw wrong("is neither https nor http") }
    guard parts.user == nil, parts.password == nil else {
      throw ObjectStorageError(
        .badSettings,
        "the endpoint at \(host) has a user or password in it: credentials belong into AWS_ACCESS_KEY_ID "
          + "and AWS_SECRET_ACCESS_KEY or a credentials file")
    }
    guard parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil else {
      throw wrong("has more than a host and a port")
    }
    isSecure = parts.scheme == "https"
    // Components keep the brackets of an IPv6 address.
    let isNumber = host.hasPrefix("[") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
    let usual = isSecure ? 443 : 80
    let port = parts.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
    switch options.addressing ?? (endpoint == nil ? .host : .path) {
    case .host where !isNumber:
      authority = "\(bucket).\(host)\(port)"
      base = "/"
    case .host:
      throw ObjectStorageError(
        .badSettings,
        "the endpoint '\(address)' is a number, so the bucket cannot be part of its name: set "
          + "s3.addressing to path")
    case .path:
      authority = host + port
      base = "/\(PercentEncoding.path(bucket))/"
    }
  }

  private static func isAlphanumeric(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  var url: String { "\(isSecure ? "https" : "http")://\(authority)" }
}
