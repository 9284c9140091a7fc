/// A server's version, as libpq reports it.
package struct ServerVersion: Hashable, Sendable {
  /// The oldest and the newest major version that this program was made for.
  package static let supported = 13...18

  /// 150004 for 15.4.
  package let number: Int32
  /// As the server writes it: `15.4 (Debian 15.4-1)`.
  package let text: String

  package init(number: Int32, text: String) {
    self.number = number
    self.text = text
  }

  package var major: Int { Int(number) / 10_000 }

  /// Why this program cannot work with the server.
  package var problem: PostgresError? {
    guard major < Self.supported.lowerBound else { return nil }
    return PostgresError(
      .serverVersion,
      "the server is PostgreSQL \(text), but this program needs \(Self.supported.lowerBound) or newer",
      sqlState: nil, hint: "upgrade the server, or check that the address names a server and not a pooler's console")
  }

  /// A remark for an operator if the server is newer than any that this program was made for.
  package var remark: String? {
    guard major > Self.supported.upperBound else { return nil }
    return "the server is PostgreSQL \(text); this program was made for \(Self.supported.lowerBound) to "
      + "\(Self.supported.upperBound), so watch it after the upgrade"
  }
}
