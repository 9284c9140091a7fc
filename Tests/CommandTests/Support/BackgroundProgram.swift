import Files
import Foundation
import TestSupport

/// A program that runs while a test goes on.
final class BackgroundProgram: Sendable {
  private let process: ChildProcess
  private let log: String

  /// - Parameter log: the file that takes its standard output and error.
  init(_ program: Program, _ arguments: [String], environment: [String: String], log: String) throws {
    self.log = log
    try Data().write(to: URL(filePath: log))
    process = try ChildProcess(
      program.path, arguments, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"].merging(environment) { $1 },
      folder: SourceTree.root.path, output: .file(log), error: .file(log))
  }

  /// What it has printed so far.
  var text: String { String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self) }

  func kill() {
    process.send(SIGKILL)
    _ = process.wait()
  }
}
