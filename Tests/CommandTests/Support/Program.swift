import Files
import Foundation
import TestSupport

/// A built program, run to its end.
struct Program: Sendable {
  let name: String

  static let emofarm = Program(name: "emofarm")
  static let emofarmd = Program(name: "emofarmd")

  struct Outcome: Sendable {
    let status: Int32
    let output: String
    let error: String
  }

  /// - Parameters:
  ///   - environment: its whole environment, except for a bare PATH and a locale.
  ///   - shell: a command line that runs before the program in the same process, such as `ulimit -f 8`.
  func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = "", folder: String = "/",
    shell: String? = nil
  ) async throws -> Outcome {
    let path = try path
    // Waiting blocks a thread, so it must not run on the test runner's few threads.
    return try await BlockingExecutor.run { try Self.wait(path, arguments, environment, input, folder, shell) }
  }

  /// Starts the program and kills it with SIGKILL as soon as a condition holds.
  ///
  /// - Returns: false if the program ended before that.
  func killed(
    _ arguments: [String], environment: [String: String] = [:], when condition: () -> Bool
  ) async throws -> Bool {
    let base = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
    let process = try ChildProcess(path, arguments, environment: base.merging(environment) { $1 })
    try await eventually("the program can be killed") { process.current != nil || condition() }
    process.send(SIGKILL)
    return try await eventually("the program ends") { process.current } == .killed(SIGKILL)
  }

  private static func wait(
    _ path: String, _ arguments: [String], _ environment: [String: String], _ input: String, _ folder: String,
    _ shell: String?
  ) throws -> Outcome {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "emofarm-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    try Data(input.utf8).write(to: scratch.appending(path: "in"))
    let words = shell.map { ["/bin/sh", "-c", "\($0); exec \"$@\"", "sh", path] } ?? [path]
    let base = ["PATH": "/usr/bin:/bin", "HOME": scratch.path, "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
    // Files instead of pipes: nothing to drain, however much is printed.
    let process = try ChildProcess(
      words[0], words.dropFirst() + arguments, environment: base.merging(environment) { $1 }, folder: folder,
      input: .file(scratch.appending(path: "in").path), output: .file(scratch.appending(path: "out").path),
      error: .file(scratch.appending(path: "err").path))
    let ending = process.wait()
    let texts = try ["out", "err"].map {
      String(decoding: try Data(contentsOf: scratch.appending(path: $0)), as: UTF8.self)
    }
    return Outcome(status: ending.status, output: texts[0], error: texts[1])
  }

  /// The program in ``folder``, unless its name is a path.
  var path: String {
    get throws {
      if name.hasPrefix("/") { return name }
      return try "\(Self.folder)/\(name)"
    }
  }

  /// The folder that the test bundle and the programs were built in.
  static var folder: String {
    get throws {
      let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
      let bundle = maps.split(separator: "\n").lazy
        .compactMap { line in line.firstIndex(of: "/").map { String(line[$0...]) } }
        .first { $0.hasSuffix(".xctest") }
      return URL(filePath: bundle ?? ".").deletingLastPathComponent().path
    }
  }
}
