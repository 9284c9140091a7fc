import Crypto
import Files
import Foundation
package import HTTPTypes
import Web

/// Who may see the pages.
package enum AccessRule: Sendable {
  /// Everybody on this machine. The name that a browser asked for must be this machine's own: otherwise a foreign page
  /// could point its name at it and read on (DNS rebinding).
  case thisMachine
  /// Who shows a token: as the password of HTTP's Basic authentication, whatever the user's name, or as a bearer token.
  case token(TokenDigest)
  /// Who comes through a reverse proxy that names the user in this header and removes it from requests of others.
  case proxy(HTTPField.Name)

  /// - Throws: ``PageError``: `misdirected`, `unauthorized`, `forbidden`.
  func check(_ request: HTTPRequest) throws(PageError) {
    switch self {
    case .thisMachine:
      let host = Self.host(of: request.authority ?? "")
      guard ListenAddress.isLoopback(host: host) else {
        throw PageError(
          .misdirected,
          "this server serves its own machine only: ask for http://localhost, or start it with --token-file")
      }
    case .token(let digest):
      guard let shown = Self.token(request.headerFields[.authorization]), digest.matches(shown) else {
        throw PageError(.unauthorized, "give the token of the server's token file as the password")
      }
    case .proxy(let name):
      guard let user = request.headerFields[name], !user.isEmpty else {
        throw PageError(
          .forbidden, "the reverse proxy must name the user in the header \(name): come through the proxy")
      }
    }
  }

  /// The user that a reverse proxy names; nil without a proxy.
  func user(_ request: HTTPRequest) -> String? {
    if case .proxy(let name) = self { request.headerFields[name] } else { nil }
  }

  /// The authority without its port.
  private static func host(of authority: String) -> String {
    let name = authority.lowercased()
    if name.hasPrefix("[") { return String(name.dropFirst().prefix { $0 != "]" }) }
    return String(name.prefix { $0 != ":" })
  }

  private static func token(_ authorization: String?) -> String? {
    guard let parts = authorization?.split(separator: " ", maxSplits: 1), parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "bearer": return String(parts[1])
    case "basic":
      guard let data = Data(base64Encoded: String(parts[1])), let colon = data.firstIndex(of: UInt8(ascii: ":"))
      else { return nil }
      return String(decoding: data[data.index(after: colon)...], as: UTF8.self)
    default: return nil
    }
  }
}

/// The digest of a token. The program does not keep the token itself, and comparing takes the same time for all.
package struct TokenDigest: Sendable {
  private let digest: SHA256.Digest

  init(_ token: String) {
    digest = SHA256.hash(data: Data(token.utf8))
  }

  /// Reads the token from a file: one line of at least 16 characters that only its owner and group may read.
  ///
  /// - Throws: ``PageError`` that says what to do.
  package static func read(_ path: String) throws -> TokenDigest {
    guard let status = try File.status(path) else {
      throw PageError(
        .badRequest, file: path,
        "there is no token file: make one with (umask 077; openssl rand -hex 24 > \(path))")
    }
    guard status.st_mode & 0o007 == 0 else {
      throw PageError(.badRequest, file: path, "everybody on this machine may use the token file: chmod o= \(path)")
    }
    let text = String(decoding: try File.contents(path) ?? [], as: UTF8.self)
    let token = text.split(whereSeparator: \.isNewline).first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
    guard token.utf8.count >= 16, token.utf8.count <= 1024, token.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
      throw PageError(
        .badRequest, file: path,
        "the token file must hold one line of 16 or more letters and digits: openssl rand -hex 24 > \(path)")
    }
    return TokenDigest(token)
  }

  func matches(_ token: String) -> Bool {
    // The comparison of digests does not depend on where they differ.
    SHA256.hash(data: Data(token.utf8)) == digest
  }
}
