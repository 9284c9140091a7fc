import Foundation
import Synchronization

/// A TCP line to a server of 127.0.0.1 that a test cuts, slows or answers itself.
package final class FaultyLine: Sendable {
  package enum Fault: Sendable, Equatable {
    /// Everything passes.
    case none
    /// New connections are closed at once, and those that exist are cut.
    case away
    /// Each connection is cut after this many bytes of answers.
    case cut(after: Int)
    /// Answers trickle with this many bytes a second.
    case slow(Int)
    /// This text is the answer to the first request of a connection, which then ends.
    case answer(String)
  }

  private struct State {
    var fault = Fault.none
    /// Connections that the fault still concerns; nil for all.
    var rest: Int?
    var connections = 0
    var open: Set<Int32> = []
    /// Connections whose last request has no answer yet.
    var waiting: Set<Int32> = []
    var mostWaiting = 0
  }

  package let port: Int
  private let target: Int
  private let listener: Int32
  private let state = Mutex(State())

  package var endpoint: String { "http://127.0.0.1:\(port)" }
  /// Connections so far.
  package var connections: Int { state.withLock { $0.connections } }
  /// The largest number of requests that waited for the beginning of their answers at the same time.
  package var mostRequests: Int { state.withLock { $0.mostWaiting } }

  package init(to target: Int) throws {
    self.target = target
    (listener, port) = try Self.listen()
    DispatchQueue(label: "faulty.accept").async { [weak self, listener] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0, let line = self else { return }
        line.serve(client)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// - Parameter connections: how many new connections the fault concerns; nil for all until the next call.
  package func set(_ fault: Fault, connections: Int? = nil) {
    state.withLock { state in
      state.fault = fault
      state.rest = connections
      // Connections that exist would carry requests around the fault.
      if fault != .none { for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }
  }

  /// A socket that listens on a free port of 127.0.0.1.
  package static func listen() throws -> (socket: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = address(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && Glibc.listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard isBound else { throw NotObserved(description: "no port to listen on: \(String(cString: strerror(errno)))") }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }

  private func serve(_ client: Int32) {
    let fault = state.withLock { state in
      state.connections += 1
      if let rest = state.rest {
        guard rest > 0 else { return Fault.none }
        state.rest = rest - 1
      }
      return state.fault
    }
    if fault == .away {
      close(client)
      return
    }
    state.withLock { _ = $0.open.insert(client) }
    DispatchQueue(label: "faulty.line").async { [self] in
      if case .answer(let text) = fault {
        answer(client, text)
      } else {
        forward(client, fault)
      }
      state.withLock { _ = $0.open.remove(client) }
      close(client)
    }
  }

  private func answer(_ client: Int32, _ text: String) {
    // Closing a connection with unread bytes resets it, and the client would lose the answer.
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    _ = read(client, &buffer, buffer.count)
    _ = Self.send(Array(text.utf8)[...], to: client)
    shutdown(client, Int32(SHUT_WR))
    while read(client, &buffer, buffer.count) > 0 {}
  }

  private func forward(_ client: Int32, _ fault: Fault) {
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(server) }
    var address = Self.address(UInt16(target))
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { return }
    let isOver = DispatchGroup()
    DispatchQueue(label: "faulty.requests").async(group: isOver) { [self] in
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(client, &buffer, buffer.count)
        guard count > 0 else { break }
        state.withLock { state in
          state.waiting.insert(client)
          state.mostWaiting = max(state.mostWaiting, state.waiting.count)
        }
        guard Self.send(buffer[..<count], to: server) else { break }
      }
      shutdown(server, Int32(SHUT_WR))
    }
    var passed = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    copying: while true {
      let count = read(server, &buffer, buffer.count)
      guard count > 0 else { break }
      // Before the client gets the answer and sends its next request.
      state.withLock { _ = $0.waiting.remove(client) }
      switch fault {
      case .cut(let limit):
        let rest = min(count, limit - passed)
        guard rest > 0, Self.send(buffer[..<rest], to: client) else { break copying }
        passed += rest
        if passed >= limit { break copying }
      case .slow(let rate):
        for start in stride(from: 0, to: count, by: max(1, rate / 20)) {
          usleep(50_000)
          guard Self.send(buffer[start..<min(count, start + max(1, rate / 20))], to: client) else { break copying }
        }
      default:
        guard Self.send(buffer[..<count], to: client) else { break copying }
      }
    }
    shutdown(client, Int32(SHUT_RDWR))
    shutdown(server, Int32(SHUT_RDWR))
    isOver.wait()
    state.withLock { _ = $0.waiting.remove(client) }
  }

  private static func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
