import Files
import Foundation
import Synchronization

/// The S3 server of a test run: a real one (OpenStack Swift), which the first test starts and which ends with the
/// process.
package final class ObjectServer: Sendable {
  /// The port of 127.0.0.1.
  package let port: Int
  /// The port that speaks TLS with ``certificate``.
  package let securePort: Int
  /// The file of its certificate.
  package let certificate: String

  package static let bucket = "emofarm-tests"
  private static let server = Mutex<ObjectServer?>(nil)

  package var endpoint: String { "http://127.0.0.1:\(port)" }

  /// The environment of a program that may use the store.
  package static let environment = [
    "AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1",
  ]

  /// An address that no other test uses.
  package static func newAddress() -> String { "s3://\(bucket)/\(UUID().uuidString.lowercased())" }

  /// The running server. Blocks while it starts.
  package static func shared() throws -> ObjectServer {
    try server.withLock { server in
      if let server { return server }
      let started = try ObjectServer()
      server = started
      return started
    }
  }

  /// Its standard input, whose end stops it; the kernel closes it with this process, however that ends.
  private let input: FileHandle

  private init() throws {
    let folder = "\(TestFolder.parent)/emofarm-objects-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let (input, output) = (Pipe(), Pipe())
    let script = SourceTree.root.appending(path: "Tests/TestSupport/object-server.py").path
    // The folder goes when the server has ended.
    _ = try ChildProcess(
      "/bin/sh", ["-c", "/usr/bin/python3 \"$0\" \"$1\"; rm -rf \"$1\"", script, folder],
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
      input: .descriptor(input.fileHandleForReading.fileDescriptor),
      output: .descriptor(output.fileHandleForWriting.fileDescriptor))
    try input.fileHandleForReading.close()
    try output.fileHandleForWriting.close()
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8), !byte.isEmpty {
      line += byte
    }
    let ports = String(decoding: line, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
    guard ports.count == 2 else {
      throw NotObserved(
        description: "the S3 server did not start: is python3-swift installed (deploy/install-packages)?")
    }
    (port, securePort) = (ports[0], ports[1])
    certificate = "\(folder)/certificate.pem"
    self.input = input.fileHandleForWriting
  }
}
