import Foundation
import Synchronization
import Worker

/// Reports the daemon's state to systemd by the sd_notify(3) protocol; does nothing if `NOTIFY_SOCKET` is not set.
final class ServiceNotifier: Sendable {
  private struct State {
    var isDraining = false
    var lastSign: ContinuousClock.Instant?
  }

  /// Minimum interval between watchdog messages; a fifth of the watchdog's timeout would suffice.
  private static let signInterval = Duration.seconds(1)
  /// Maximum duration of one block while a model loads or the last pass finishes.
  private static let extensionSeconds = 300

  private let address: sockaddr_un?
  private let addressLength: socklen_t
  private let socket: Int32
  private let state = Mutex(State())

  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    (address, addressLength) = Self.address(environment["NOTIFY_SOCKET"] ?? "")
    socket = address == nil ? -1 : Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  }

  deinit {
    if socket >= 0 { close(socket) }
  }

  func tell(_ notice: WorkerNotice) {
    guard socket >= 0 else { return }
    switch notice {
    case .ready: send("READY=1")
    case .status(let text), .hindered(let text):
      send("STATUS=\(text.split(whereSeparator: \.isNewline).joined(separator: " "))")
    case .busy: send(Self.extension)
    case .draining:
      state.withLock { $0.isDraining = true }
      send("STOPPING=1\nSTATUS=draining\n\(Self.extension)")
    case .progress: tellProgress()
    }
  }

  /// Only progress resets the watchdog; while draining, progress also extends the stop timeout.
  private func tellProgress() {
    let (isDue, isDraining) = state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastSign, now - last < Self.signInterval { return (false, state.isDraining) }
      state.lastSign = now
      return (true, state.isDraining)
    }
    // The render does not wait for a busy manager: the next message follows within a second.
    if isDue { send(isDraining ? "WATCHDOG=1\n\(Self.extension)" : "WATCHDOG=1", flags: Int32(MSG_DONTWAIT)) }
  }

  private static let `extension` = "EXTEND_TIMEOUT_USEC=\(extensionSeconds * 1_000_000)"

  private func send(_ message: String, flags: Int32 = 0) {
    guard var address else { return }
    let length = addressLength
    let bytes = Array(message.utf8)
    // Errors are ignored: the daemon works without a manager.
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL) | flags, $0, length)
      }
    }
  }

  /// A path, or an abstract name written with a leading `@`.
  private static func address(_ name: String) -> (sockaddr_un?, socklen_t) {
    var bytes = Array(name.utf8)
    var address = sockaddr_un()
    guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
      bytes.count < MemoryLayout.size(ofValue: address.sun_path)
    else { return (nil, 0) }
    if first == UInt8(ascii: "@") { bytes[0] = 0 }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return (address, socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2) + socklen_t(bytes.count))
  }
}
