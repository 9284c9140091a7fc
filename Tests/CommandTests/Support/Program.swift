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
    let process = Process()
    process.executableURL = URL(filePath: try path)
    process.arguments = arguments
    let base = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
    process.environment = base.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    try await eventually("the program can be killed") { !process.isRunning || condition() }
    kill(process.processIdentifier, SIGKILL)
    try await eventually("the program ends") { !process.isRunning }
    return process.terminationReason == .uncaughtSignal
  }

  private static func wait(
    _ path: String, _ arguments: [String], _ environment: [String: String], _ input: String, _ folder: String,
    _ shell: String?
  ) throws -> Outcome {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "emofarm-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    try Data(input.utf8).write(to: scratch.appending(path: "in"))
    let process = Process()
    if let shell {
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "\(shell); exec \"$@\"", "sh", path] + arguments
    } else {
      process.executableURL = URL(filePath: path)
      process.arguments = arguments
    }
    process.currentDirectoryURL = URL(filePath: folder)
    let base = ["PATH": "/usr/bin:/bin", "HOME": scratch.path, "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
    process.environment = base.merging(environment) { $1 }
    // Files instead of pipes: nothing to drain, however much is printed.
    let files = try ["out", "err"].map { name in
      let file = scratch.appending(path: name)
      try Data().write(to: file)
      return try FileHandle(forWritingTo: file)
    }
    process.standardInput = try FileHandle(forReadingFrom: scratch.appending(path: "in"))
    (process.standardOutput, process.standardError) = (files[0], files[1])
    try process.run()
    process.waitUntilExit()
    let texts = try ["out", "err"].map {
      String(decoding: try Data(contentsOf: scratch.appending(path: $0)), as: UTF8.self)
    }
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
      output: texts[0], error: texts[1])
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
