import Foundation

/// A proxy between one client and the server on a Unix socket. It disconnects the client after forwarding a given word:
/// the server receives the statement, but the client never receives the answer.
final class SocketCutter: Sendable {
  private let listener: Int32

  init(folder: String, server: String, cutAfter word: String) throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    let bound = Self.withAddress("\(folder)/.s.PGSQL.5432") { bind(listener, $0, $1) }
    guard bound == 0, Foundation.listen(listener, 1) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    chmod("\(folder)/.s.PGSQL.5432", 0o777)
    Thread.detachNewThread { Self.serve(listener, server, Array(word.utf8)) }
  }

  func stop() {
    close(listener)
  }

  private static func serve(_ listener: Int32, _ server: String, _ word: [UInt8]) {
    let client = accept(listener, nil, nil)
    let upstream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard client >= 0, withAddress(server, { connect(upstream, $0, $1) }) == 0 else { return }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var set = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0), pollfd(fd: upstream, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&set, 2, -1) > 0 else { continue }
      for (from, to) in [(0, upstream), (1, client)] where set[from].revents != 0 {
        let count = read(set[from].fd, &buffer, buffer.count)
        guard count > 0 else {
          close(client)
          close(upstream)
          return
        }
        let cut = from == 0 && buffer[..<count].split(separator: 0).contains { $0.suffix(word.count) == word[...] }
        // The client is disconnected first, so that the answer cannot reach it.
        if cut { close(client) }
        _ = write(to, buffer, count)
        if cut {
          // The server answered, so it has committed.
          _ = read(upstream, &buffer, buffer.count)
          close(upstream)
          return
        }
      }
    }
  }

  static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
