import Foundation
import Synchronization
import TestSupport

/// The services that hand out credentials in a cloud, which cannot run here: a container's agent and an instance's
/// metadata, version 2, with the answers that Amazon's documentation shows.
final class CredentialsServer: Sendable {
  private struct State {
    var lifetime: TimeInterval = 3600
    var isAway = false
    var hasRole = true
    var handedOut = 0
  }

  private let state = Mutex(State())
  private let listener: Int32
  let port: Int

  var lifetime: TimeInterval {
    get { state.withLock { $0.lifetime } }
    set { state.withLock { $0.lifetime = newValue } }
  }
  var isAway: Bool {
    get { state.withLock { $0.isAway } }
    set { state.withLock { $0.isAway = newValue } }
  }
  var hasRole: Bool {
    get { state.withLock { $0.hasRole } }
    set { state.withLock { $0.hasRole = newValue } }
  }
  var handedOut: Int { state.withLock { $0.handedOut } }

  init() throws {
    (listener, port) = try FaultyLine.listen()
    DispatchQueue(label: "credentials").async { [weak self, listener] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0, let server = self else { return }
        server.serve(client)
        close(client)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func serve(_ client: Int32) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(client, &buffer, buffer.count)
    guard count > 0 else { return }
    let lines = String(decoding: buffer[..<count], as: UTF8.self).components(separatedBy: "\r\n")
    let headers = lines.dropFirst().map { $0.lowercased() }
    let (status, body) = answer(lines[0], headers)
    let text = "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    _ = Array(text.utf8).withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  private func answer(_ request: String, _ headers: [String]) -> (String, String) {
    let roles = "/latest/meta-data/iam/security-credentials/"
    let mayAsk = headers.contains("x-aws-ec2-metadata-token: a-token")
    if isAway { return ("503 Service Unavailable", "") }
    switch request {
    case "GET /container HTTP/1.1": return headers.contains("authorization: pass") ? handOut() : ("403 Forbidden", "")
    case "PUT /latest/api/token HTTP/1.1":
      return headers.contains { $0.hasPrefix("x-aws-ec2-metadata-token-ttl-seconds: ") }
        ? ("200 OK", "a-token") : ("400 Bad Request", "")
    case "GET \(roles) HTTP/1.1" where mayAsk: return hasRole ? ("200 OK", "farm-role") : ("404 Not Found", "")
    case "GET \(roles)farm-role HTTP/1.1" where mayAsk: return handOut()
    default: return ("401 Unauthorized", "")
    }
  }

  private func handOut() -> (String, String) {
    let end = state.withLock { state in
      state.handedOut += 1
      return Date().addingTimeInterval(state.lifetime)
    }
    return (
      "200 OK",
      """
      {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "test:tester", "SecretAccessKey": "testing",
       "Expiration": "\(end.formatted(.iso8601))"}
      """
    )
  }
}
