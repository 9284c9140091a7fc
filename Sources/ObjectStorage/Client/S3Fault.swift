import Files

/// Why a request failed, from the answer or for lack of one.
struct S3Fault: Error {
  private let status: Int?
  /// The server's code, such as `NoSuchBucket`, or what happened to the connection.
  private let code: String
  private let message: String
  private let region: String?
  let isTemporary: Bool

  init(_ trouble: HTTPTransport.Trouble) {
    status = nil
    code = ""
    message = trouble.reason
    region = nil
    isTemporary = trouble.isTemporary
  }

  init(_ answer: HTTPAnswer) {
    let error = XMLElement.parse(answer.body)
    status = answer.status
    code = error?.value("Code").map(Self.plain) ?? ""
    message = error?.value("Message").map(Self.plain) ?? ""
    region = answer.headers["x-amz-bucket-region"] ?? error?.value("Region")
    isTemporary =
      [500, 502, 503, 504, 429, 507].contains(answer.status) || (answer.status == 200 && code == "InternalError")
      || Self.temporary.contains(code)
  }

  /// Codes with a status of 4xx that describe one exchange and not the request.
  private static let temporary: Set = [
    "RequestTimeout", "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "OperationAborted", "SlowDown",
  ]

  static func isError(_ body: [UInt8]) -> Bool { XMLElement.parse(body)?.name == "Error" }

  /// Whether temporary credentials have ended.
  var isExpired: Bool { ["ExpiredToken", "InvalidToken", "TokenRefreshRequired"].contains(code) }

  var isMissingBucket: Bool { code == "NoSuchBucket" }

  func error(_ request: S3Request, _ client: S3Client) -> ObjectStorageError {
    let (bucket, server) = (client.address.bucket, client.endpoint.url)
    let what = "\(request.method) of s3://\(bucket)/\(request.key)"
    guard let status else {
      return ObjectStorageError(
        isTemporary ? .away : .badSettings, "the store at \(server) does not answer: \(message) (\(what))")
    }
    let answer = "\(status)" + (code.isEmpty ? "" : " \(code)") + (message.isEmpty ? "" : ": \(message)")
    switch code {
    case "NoSuchBucket":
      return ObjectStorageError(
        .noBucket, "there is no bucket '\(bucket)' at \(server): create it, or correct the setting store")
    case "RequestTimeTooSkewed", "RequestExpired":
      return ObjectStorageError(
        .clock,
        "the store at \(server) refuses this machine's time, which is too far from its own: set the clock "
          + "(timedatectl set-ntp true)")
    case "SignatureDoesNotMatch":
      return ObjectStorageError(
        .refused,
        "the store at \(server) refuses the signature: check the secret key and the region "
          + "('\(client.endpoint.region)')")
    case "InvalidAccessKeyId":
      return ObjectStorageError(
        .refused, "the store at \(server) does not know the access key: check AWS_ACCESS_KEY_ID")
    case "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException":
      let right = region.map { "'\($0)'" } ?? "the bucket's"
      return ObjectStorageError(
        .noBucket, "the bucket '\(bucket)' is not in the region '\(client.endpoint.region)': set s3.region to \(right)")
    default: break
    }
    if status == 301 || status == 307 || status == 400 && code.isEmpty, let region {
      return ObjectStorageError(
        .noBucket, "the bucket '\(bucket)' is in the region '\(region)': set s3.region to it")
    }
    if isTemporary { return ObjectStorageError(.away, "the store at \(server) answers \(answer) (\(what))") }
    if isExpired {
      return ObjectStorageError(.refused, "the store at \(server) says that the credentials have expired: renew them")
    }
    if status == 401 || status == 403 {
      return ObjectStorageError(
        .refused, "the store at \(server) forbids \(what) (\(answer)): check the credentials and their permissions")
    }
    return ObjectStorageError(.unexpected, "the store at \(server) answers \(answer) to \(what)")
  }

  /// A server's text for a message of one line.
  private static func plain(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) }.prefix(200))
  }
}
