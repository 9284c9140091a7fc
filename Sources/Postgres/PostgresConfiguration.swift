import CLibPQ
import Foundation

/// The address of a server and the user's credentials: validated libpq connection parameters.
///
/// A description of a configuration never contains a password.
package struct PostgresConfiguration: Sendable, Equatable {
  /// The effective libpq keywords. Given ones override those of the environment (`PGHOST`, …) and libpq's defaults.
  private(set) var parameters: [String: String]

  /// The time limit for connecting, over all hosts.
  package var connectTimeout: Duration = .seconds(10)

  /// How long its sessions may keep others waiting.
  package var limits = SessionLimits.command

  /// Whether a pooler stands before the server.
  package var pooling = Pooling.auto

  /// Parses `postgres://…`, `postgresql://…` or `key=value …` as libpq does.
  ///
  /// A remote server requires `sslmode=verify-full`, because libpq's default verifies nothing; `allowInsecure` lifts
  /// this requirement.
  /// - Throws: ``PostgresError`` (`invalidConfiguration`, `insecureConnection`).
  package init(url: String, allowInsecure: Bool = false) throws {
    var parameters = Self.environment()
    parameters.merge(try Self.parse(url)) { $1 }
    self.parameters = parameters
    if !allowInsecure { try checkSecurity() }
  }

  /// A server that is reached through a Unix socket in the given folder.
  package init(socketFolder: String, port: Int = 5432, user: String, database: String) {
    parameters = ["host": socketFolder, "port": String(port), "user": user, "dbname": database]
  }

  package var host: String { parameters["host"] ?? "" }
  package var port: Int { Int(parameters["port"] ?? "") ?? 5432 }
  package var user: String { parameters["user"] ?? "" }
  package var database: String { parameters["dbname"] ?? user }

  /// The same server and user with another database.
  package func with(database: String) -> PostgresConfiguration {
    with("dbname", database)
  }

  /// The same configuration with one libpq keyword set, for example `application_name`.
  package func with(_ keyword: String, _ value: String) -> PostgresConfiguration {
    var copy = self
    copy.parameters[keyword] = value
    return copy
  }

  /// The URL without the password, for use in messages.
  package var redacted: String {
    let host = host.isEmpty ? "(default host)" : host
    var text = "postgresql://"
    if !user.isEmpty { text += user + "@" }
    text += host.hasPrefix("/") ? "/\(database)?host=\(host)&port=\(port)" : "\(host):\(port)/\(database)"
    if let mode = parameters["sslmode"], !host.hasPrefix("/") { text += "?sslmode=\(mode)" }
    return text
  }

  /// The keywords passed to libpq: the parameters and those that this library adds.
  var effectiveParameters: [String: String] {
    var all = parameters.filter { !$0.value.isEmpty }
    all["client_encoding"] = "UTF8"
    all["fallback_application_name"] = Self.applicationName
    // Detects a peer that vanished silently within seconds instead of hours.
    let peer = SessionLimits.peer
    let liveness = [
      "keepalives_idle": "\(peer.idleSeconds)", "keepalives_interval": "\(peer.intervalSeconds)",
      "keepalives_count": "\(peer.probes)", "tcp_user_timeout": "\(peer.unansweredMilliseconds)",
    ]
    all.merge(liveness) { given, _ in given }
    return all
  }

  /// `PROGRAM@HOST:PID`, by which `pg_stat_activity` and waiting commands name a session.
  private static let applicationName: String = {
    let process = ProcessInfo.processInfo
    return "\(process.processName)@\(process.hostName):\(process.processIdentifier)"
  }()

  private func checkSecurity() throws {
    // libpq connects to `hostaddr` if it is set; `host` is then only the name to verify.
    let given = parameters["hostaddr"].flatMap { $0.isEmpty ? nil : $0 } ?? host
    let remote = given.split(separator: ",").filter { !Self.isLocal($0) }
    guard let first = remote.first, parameters["sslmode"] != "verify-full" else { return }
    throw PostgresError(
      .insecureConnection,
      "\(first) is a remote host and sslmode is \(parameters["sslmode"] ?? "prefer"), "
        + "which does not verify the server's identity",
      hint: "use sslmode=verify-full, with sslrootcert=FILE if the certificate is not signed by a public authority, "
        + "or allow insecure connections explicitly")
  }

  /// Whether a host is a socket folder or a loopback address.
  private static func isLocal(_ host: Substring) -> Bool {
    host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host == "::1"
      || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
  }
}

extension PostgresConfiguration {
  /// libpq's defaults, which include `PGHOST` and the other environment variables.
  private static func environment() -> [String: String] {
    guard let options = PQconndefaults() else { return [:] }
    defer { PQconninfoFree(options) }
    return values(options)
  }

  private static func parse(_ url: String) throws -> [String: String] {
    // libpq accepts an empty string, but here it means that a variable is unset.
    guard !url.allSatisfy(\.isWhitespace) else { throw invalid("it is empty") }
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(url, &message) else {
      defer { PQfreemem(message) }
      throw invalid(reason(message.map { String(cString: $0) } ?? ""))
    }
    defer { PQconninfoFree(options) }
    let values = values(options)
    if values["service"] != nil {
      throw invalid("it names a service, which is not supported: specify host, port, user and dbname instead")
    }
    return values
  }

  private static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
    var values: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val {
        values[String(cString: keyword)] = String(cString: value)
      }
      option += 1
    }
    return values
  }

  /// libpq quotes parts of the string, which may belong to the password. Only messages that name a keyword are passed
  /// on.
  private static func reason(_ message: String) -> String {
    let line = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let harmless = ["invalid connection option", "invalid URI query parameter"]
    return harmless.contains { line.hasPrefix($0) }
      ? line : "it is malformed (special characters in a password must be percent-encoded)"
  }

  private static func invalid(_ reason: String) -> PostgresError {
    PostgresError(
      .invalidConfiguration, "the database's address cannot be read: \(reason)",
      hint: "write postgresql://user:password@host:5432/database or host=… dbname=… user=…")
  }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { redacted }
  package var debugDescription: String { redacted }
  package var customMirror: Mirror { Mirror(self, children: ["redacted": redacted]) }
}
