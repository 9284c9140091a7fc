import Foundation
import TestSupport

/// The service manager's side of sd_notify(3).
final class NotifySocket: Sendable {
  let path: String
  private let descriptor: Int32

  init(path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    // A daemon that never reports that it stops fails the test instead of blocking it.
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else { throw NotObserved(description: "\(path): \(String(cString: strerror(errno)))") }
  }

  /// The messages up to the one that reports that the daemon stops.
  func untilItStops() async -> [String] {
    let descriptor = descriptor
    return await withCheckedContinuation { continuation in
      // Reads on a separate thread all the time, as a manager does; otherwise its clients would wait for it.
      Thread {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !messages.contains(where: { $0.contains("STOPPING=1") }) {
          let count = recv(descriptor, &buffer, buffer.count, 0)
          guard count > 0 else { break }
          messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
        continuation.resume(returning: messages)
      }.start()
    }
  }

  deinit {
    close(descriptor)
  }
}
