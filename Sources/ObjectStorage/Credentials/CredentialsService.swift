import Files
import Foundation

/// Credentials that a service on this machine hands out: a container's agent, or an instance's metadata.
struct CredentialsService: Sendable {
  let http: HTTPTransport
  let environment: [String: String]

  private struct Answer: Decodable {
    private enum CodingKeys: String, CodingKey {
      case accessKey = "AccessKeyId"
      case secretKey = "SecretAccessKey"
      case token = "Token"
      case expiration = "Expiration"
    }

    let accessKey: String
    let secretKey: String
    let token: String?
    let expiration: String?
  }

  /// The container's credentials; nil if the environment names no endpoint.
  ///
  /// - Throws: ``ObjectStorageError`` (`refused`, `away`).
  func container() throws(ObjectStorageError) -> Credentials? {
    let url: String
    if let path = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      url = "http://169.254.170.2\(path)"
    } else if let full = value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
      url = full
    } else {
      return nil
    }
    var headers: [(String, String)] = []
    if let file = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      do throws(FileError) {
        let token = try File.read(file)
        headers.append(
          ("authorization", String(decoding: token, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
      } catch {
        throw ObjectStorageError(.refused, "the container's authorization token: \(error)", underlying: error)
      }
    } else if let token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
      headers.append(("authorization", token))
    }
    return try decode(try get(url, headers, "the container's credentials"), "the container's credentials")
  }

  /// The credentials of the instance's role; nil if there is no metadata service or the instance has no role.
  ///
  /// Only version 2 of the service is used, whose token a forged request cannot obtain.
  func instance() throws(ObjectStorageError) -> Credentials? {
    guard value("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else { return nil }
    let base = value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
    let trimmed = base.hasSuffix("/") ? String(base.dropLast()) : base
    let token: HTTPAnswer
    do throws(HTTPTransport.Trouble) {
      token = try http.send(
        HTTPRequest(
          method: "PUT", url: "\(trimmed)/latest/api/token",
          headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")], largestAnswer: Self.largest,
          patience: .seconds(2)))
    } catch {
      // On a machine outside Amazon's cloud nothing answers at this address.
      return nil
    }
    guard token.status == 200 else { return nil }
    let headers = [("x-aws-ec2-metadata-token", String(decoding: token.body, as: UTF8.self))]
    let roles = "\(trimmed)/latest/meta-data/iam/security-credentials/"
    let list = try get(roles, headers, "the instance's roles", missingIsNothing: true)
    guard let role = String(decoding: list, as: UTF8.self).split(whereSeparator: \.isNewline).first else { return nil }
    let what = "the credentials of the instance's role"
    return try decode(try get(roles + PercentEncoding.path(String(role)), headers, what), what)
  }

  private static let largest = 1 << 16

  private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  private func get(
    _ url: String, _ headers: [(String, String)], _ what: String, missingIsNothing: Bool = false
  ) throws(ObjectStorageError) -> [UInt8] {
    var pause = RetryPause()
    var tries = 0
    while true {
      tries += 1
      do throws(HTTPTransport.Trouble) {
        let answer = try http.send(
          HTTPRequest(method: "GET", url: url, headers: headers, largestAnswer: Self.largest, patience: .seconds(5)))
        if answer.status == 200 { return answer.body }
        if answer.status == 404, missingIsNothing { return [] }
        if answer.status < 500 {
          throw HTTPTransport.Trouble(reason: "the service answered \(answer.status)", isTemporary: false)
        }
        throw HTTPTransport.Trouble(reason: "the service answered \(answer.status)", isTemporary: true)
      } catch {
        guard error.isTemporary, tries < 4 else {
          throw ObjectStorageError(error.isTemporary ? .away : .refused, "\(what) cannot be fetched: \(error.reason)")
        }
        Thread.sleep(forTimeInterval: pause.next() / .seconds(1))
      }
    }
  }

  private func decode(_ bytes: [UInt8], _ what: String) throws(ObjectStorageError) -> Credentials {
    // The decoder's own message may quote the secret.
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes)) else {
      throw ObjectStorageError(.refused, "\(what) are not in the expected form")
    }
    return Credentials(
      accessKey: answer.accessKey, secretKey: answer.secretKey, sessionToken: answer.token,
      expiration: answer.expiration.flatMap(ServerTime.parse))
  }
}
