import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct ChildProcessTests {
  private static func text(_ words: String...) throws -> String {
    String(decoding: try ChildProcess.run(words[0], Array(words.dropFirst()), environment: [:]).output, as: UTF8.self)
  }

  @Test func itsEndingIsTold() async throws {
    #expect(try ChildProcess.run("/bin/sh", ["-c", "exit 7"], environment: [:]).ending == .exited(7))
    let child = try ChildProcess("/bin/sleep", ["1000"], environment: [:])
    #expect(child.current == nil)
    child.send(SIGTERM)
    #expect(child.wait() == .killed(SIGTERM) && child.current == .killed(SIGTERM))
    #expect(ChildProcess.Ending.killed(SIGTERM).status == 143)
    #expect(throws: SystemError(ENOENT)) { try ChildProcess("/nowhere", [], environment: [:]) }
    #expect(throws: SystemError(ENOENT)) { try ChildProcess("/bin/true", [], environment: [:], folder: "/nowhere") }
  }

  @Test func itGetsItsStreamsItsFolderAndNoOtherEnvironment() async throws {
    try await TestFolder.with { folder in
      try Data("asked".utf8).write(to: URL(filePath: "\(folder)/in"))
      let child = try ChildProcess(
        "/bin/sh", ["-c", "cat; pwd >&2; env | grep -c ^HOME >&2"], environment: ["A": "b"], folder: folder,
        input: .file("\(folder)/in"), output: .file("\(folder)/out"), error: .file("\(folder)/err"))
      #expect(child.wait() == .exited(1))
      #expect(try String(contentsOfFile: "\(folder)/out", encoding: .utf8) == "asked")
      #expect(try String(contentsOfFile: "\(folder)/err", encoding: .utf8) == "\(folder)\n0\n")
    }
  }

  /// Neither what is open nor what another thread opens while the program is started.
  @Test func itInheritsNoOtherDescriptor() async throws {
    let isDone = Mutex(false)
    async let opener: Void = BlockingExecutor.run {
      while !isDone.withLock({ $0 }) {
        var ends: [Int32] = []
        for _ in 0..<20 {
          var pair: [Int32] = [-1, -1]
          if pipe(&pair) == 0 { ends += pair }
        }
        ends.forEach { close($0) }
      }
    }
    // ls itself reads the folder through 3.
    let texts = Set((0..<50).map { _ in try? Self.text("/bin/ls", "/proc/self/fd") })
    isDone.withLock { $0 = true }
    try await opener
    #expect(texts == ["0\n1\n2\n3\n"])
  }
}
