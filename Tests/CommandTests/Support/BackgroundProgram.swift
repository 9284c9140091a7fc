import Foundation
import TestSupport

/// A program that runs while a test goes on.
final class BackgroundProgram: Sendable {
  private nonisolated(unsafe) let process = Process()
  private let log: String

  /// - Parameter log: the file that takes its standard output and error.
  init(_ program: Program, _ arguments: [String], environment: [String: String], log: String) throws {
    self.log = log
    try Data().write(to: URL(filePath: log))
    let output = try FileHandle(forWritingTo: URL(filePath: log))
    process.executableURL = URL(filePath: try program.path)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"].merging(environment) { $1 }
    process.currentDirectoryURL = SourceTree.root
    process.standardInput = FileHandle.nullDevice
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
  }

  /// What it has printed so far.
  var text: String { String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self) }

  func kill() {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
