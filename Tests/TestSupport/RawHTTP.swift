import Files
import Foundation

/// A client that sends an HTTP request exactly as it is written, also one that no ordinary client would send.
package final class RawHTTP: Sendable {
  /// What came back.
  package struct Answer: Sendable {
    package let status: Int
    /// The head's lines, with names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The body of an answer that came in chunks; nil if it ended before the last one.
    package var joined: [UInt8]? { chunks.isWhole ? chunks.bytes : nil }

    /// What came in whole chunks, and whether the last one is among them.
    package var chunks: (bytes: [UInt8], isWhole: Bool) {
      guard headers["transfer-encoding"] == "chunked" else { return ([], false) }
      var bytes: [UInt8] = []
      var rest = body[...]
      while let end = rest.firstIndex(of: UInt8(ascii: "\r")),
        let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), size >= 0,
        rest.endIndex - end - 4 >= size
      {
        if size == 0 { return (bytes, true) }
        let start = end + 2
        bytes += rest[start..<start + size]
        rest = rest[(start + size + 2)...]
      }
      return (bytes, false)
    }

    /// Whether the body is as long as the head says; false if the head does not say it.
    fileprivate var isWhole: Bool {
      headers["content-length"].flatMap { Int($0) }.map { body.count >= $0 } ?? false
    }

    init?(_ bytes: [UInt8]) {
      let end = Array("\r\n\r\n".utf8)
      guard let split = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
      let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n")
      guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
      self.status = status
      headers = Dictionary(
        lines.dropFirst().compactMap { line in
          line.firstIndex(of: ":").map { colon in
            (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
          }
        }
      ) { "\($0), \($1)" }
      body = Array(bytes[(split + 4)...])
    }
  }

  private let descriptor: Int32

  package init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      throw NotObserved(description: "no connection to port \(port): \(String(cString: strerror(errno)))")
    }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit {
    close(descriptor)
  }

  /// The socket's own buffer for what it has not read.
  package func keepReceived(atMost bytes: Int32) {
    var bytes = bytes
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
  }

  package func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw NotObserved(description: "the server takes no bytes") }
      sent += count
    }
  }

  /// The next bytes; empty at the end and when none come for 30 seconds.
  package func receive(atMost limit: Int = 65_536) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = recv(descriptor, &buffer, limit, 0)
    return count > 0 ? Array(buffer[..<count]) : []
  }

  /// Receives until a text appears.
  ///
  /// - Throws: `NotObserved` if the stream ends before.
  @discardableResult
  package func receive(until text: String) throws -> String {
    var all: [UInt8] = []
    while true {
      let bytes = receive()
      all += bytes
      let read = String(decoding: all, as: UTF8.self)
      if read.contains(text) { return read }
      guard !bytes.isEmpty else { throw NotObserved(description: "no '\(text)' in: \(read.suffix(400))") }
    }
  }

  /// Sends one request on a connection of its own.
  ///
  /// - Parameters:
  ///   - target: the path as it goes over the line.
  ///   - headers: besides Host and Connection; an own Host replaces the usual one.
  package static func request(
    _ target: String, port: Int, method: String = "GET", headers: [String: String] = [:], body: String = ""
  ) async throws -> Answer {
    try await BlockingExecutor.run {
      let client = try RawHTTP(port: port)
      var lines = ["\(method) \(target) HTTP/1.1", "Connection: close"]
      for (name, value) in ["Host": "127.0.0.1:\(port)"].merging(headers, uniquingKeysWith: { $1 }) {
        lines.append("\(name): \(value)")
      }
      if !body.isEmpty || method == "POST" { lines.append("Content-Length: \(body.utf8.count)") }
      try client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
      var bytes: [UInt8] = []
      // Some servers keep a connection that they are asked to close.
      while !(Answer(bytes)?.isWhole ?? false), case let more = client.receive(), !more.isEmpty { bytes += more }
      guard let answer = Answer(bytes) else {
        throw NotObserved(description: "no answer to \(method) \(target.prefix(100)): \(bytes.count) bytes")
      }
      return answer
    }
  }
}
