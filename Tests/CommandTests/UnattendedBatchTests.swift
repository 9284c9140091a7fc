import Foundation
import TestSupport
import Testing

/// Batches without running workers: commands that wait warn the user.
@Suite struct UnattendedBatchTests {
  private static let absence = "no worker is running that can do the jobs of batch 1"

  /// Runs `emofarm wait` or `watch` on a batch without a worker until it warns, then finishes the batch.
  @Test(.timeLimit(.minutes(10)), arguments: ["wait", "watch"])
  func withoutAWorkerItIsSaidOnceAndTheWaitGoesOn(command: String) async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "1", "--steps", "1").output == "1\n")
      let said = "\(farm.home)/said"
      async let waiting = Program.emofarm.run(
        [command, "1"], environment: farm.environment, folder: SourceTree.root.path, shell: "exec 2>\(said)")
      func text() -> String {
        String(decoding: FileManager.default.contents(atPath: said) ?? Data(), as: UTF8.self)
      }
      try await eventually("\(command) says that no worker is running", within: .seconds(300)) {
        text().contains(Self.absence)
      }
      #expect(try await farm.work().status == 0)
      #expect(try await waiting.status == 0)
      #expect(text().split(separator: "\n").count { $0.contains(Self.absence) } == 1)
    }
  }

  /// Runs `deploy/work` with a folder of programs.
  private static func work(
    _ farm: CommandFarm, programs: String, temporary: String
  ) async throws -> Program.Outcome {
    try await Program(name: SourceTree.root.appending(path: "deploy/work").path).run(
      [programs, "1", "2"],
      environment: farm.environment.merging(["TMPDIR": temporary, "LD_LIBRARY_PATH": libraries]) { $1 },
      folder: SourceTree.root.path)
  }

  private static let libraries = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? ""

  /// Whatever the shared temporary folder contains, workers write their logs to a separate folder.
  @Test(.timeLimit(.minutes(10))) func whatOthersLeftInTheTemporaryFolderIsNotInTheWay() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "2", "--steps", "1").output == "1\n")
      let temporary = "\(farm.home)/shared"
      // This path cannot be opened for writing by any user.
      let others = (1...2).flatMap { ["emofarm-quickstart-\($0).log", "worker-\($0).log", "emofarm-work"] }
      for name in Set(others) {
        try FileManager.default.createDirectory(atPath: "\(temporary)/\(name)", withIntermediateDirectories: true)
      }
      let outcome = try await Self.work(farm, programs: try Program.folder, temporary: temporary)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains("batch 1 done: 2 of 2 images"), "\(outcome)")
      // The script has deleted its folder.
      #expect(try Set(FileManager.default.contentsOfDirectory(atPath: temporary)) == Set(others))
    }
  }

  /// If the workers end at once, the script ends too and prints their messages.
  @Test(.timeLimit(.minutes(10))) func whenEveryWorkerHasEndedTheScriptEndsAndShowsTheirLogs() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "2").output == "1\n")
      let programs = "\(farm.home)/programs"
      try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: "\(programs)/emofarm", withDestinationPath: "\(try Program.folder)/emofarm")
      // Runs the real daemon with a flag that it refuses.
      let daemon = "\(programs)/emofarmd"
      try "#!/bin/sh\nexec '\(try Program.folder)/emofarmd' --threads none\n".write(
        toFile: daemon, atomically: true, encoding: .utf8)
      #expect(chmod(daemon, 0o755) == 0)
      let outcome = try await Self.work(farm, programs: programs, temporary: farm.home)
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.error.contains("a worker ended with exit code 2"), "\(outcome.error)")
      #expect(outcome.error.contains("The value 'none' is invalid for '--threads"), "\(outcome.error)")
      #expect(outcome.error.contains("every worker has ended, and batch 1 is not finished"), "\(outcome.error)")
    }
  }
}
