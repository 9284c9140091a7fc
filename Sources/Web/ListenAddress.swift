package import Files

/// Where a server listens: a host and a port.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
  package let host: String
  /// 0 lets the system choose one.
  package let port: Int

  /// Parses `HOST:PORT`, `[IPV6]:PORT` or `PORT`, which means loopback.
  ///
  /// - Throws: ``WebError`` that says what is expected.
  package init(_ text: String) throws(WebError) {
    let parts = text.hasPrefix("[") ? Self.bracketed(text) : Self.plain(text)
    guard let (host, port) = parts, !host.isEmpty, let number = Int(port), (0...65_535).contains(number),
      port.allSatisfy(\.isNumber)
    else {
      throw WebError(
        "'\(text)' is no address to listen on: write HOST:PORT, such as 127.0.0.1:9464 or [::1]:9464, or PORT")
    }
    self.host = host
    self.port = number
  }

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Whether only this machine can reach the address.
  package var isLoopback: Bool { Self.isLoopback(host: host) }

  package static func isLoopback(host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func bracketed(_ text: String) -> (host: String, port: String)? {
    guard let end = text.firstIndex(of: "]") else { return nil }
    let rest = text[text.index(after: end)...]
    guard rest.hasPrefix(":") else { return nil }
    return (String(text[text.index(after: text.startIndex)..<end]), String(rest.dropFirst()))
  }

  private static func plain(_ text: String) -> (host: String, port: String)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return ("127.0.0.1", text)
    case 2: return (String(parts[0]), String(parts[1]))
    default: return nil
    }
  }
}
