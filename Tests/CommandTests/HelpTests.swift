import Foundation
import Testing

@Suite struct HelpTests {
  static let commands = [
    "render", "inspect", "verify", "replay", "enqueue", "status", "watch", "wait", "list", "pause", "resume", "cancel",
    "retry", "priority", "delete", "export", "sheet", "report", "workers", "workers pause", "workers resume",
    "workers drain", "users", "users set", "hosts", "hosts set", "events", "web", "metrics",
    "models",
    "models add",
    "models list",
    "models verify", "models remove", "models plug", "models import", "models convert", "train", "train confidence",
    "train base", "train encoder",
    "train space", "train classifier", "train mapper",
    "evaluate", "evaluate mixtures", "dataset", "dataset check", "dataset synth", "dataset duplicates", "db", "db up",
    "db down", "db status",
    "db migrate", "db roles", "keys", "keys create", "keys show", "store", "store status", "store adopt", "store send",
    "gc", "audit", "repair", "prune",
    "bench",
  ]

  @Test(arguments: [""] + commands) func helpTeaches(command: String) async throws {
    let words = command.split(separator: " ").map(String.init)
    let outcome = try await Program.emofarm.run(words + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.error == "")
    let name = command.isEmpty ? "emofarm" : command.replacing(" ", with: "-")
    try GoldenText.expect(outcome.output, "help/\(name).txt")
  }

  @Test func everyCommandOfTheOverviewIsHeldToAGoldenText() async throws {
    let overview = try await Program.emofarm.run(["--help"]).output
    let listed = overview.split(separator: "\n").compactMap { line in
      line.firstMatch(of: #/^ {2}([a-z]+) {2}/#).map { String($0.1) }
    }
    #expect(Set(listed) == Set(Self.commands.filter { !$0.contains(" ") }))
  }

  @Test func theVersionIsPrinted() async throws {
    let outcome = try await Program.emofarm.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.output.wholeMatch(of: /emofarm \d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func shellsGetCompletions(shell: String) async throws {
    let outcome = try await Program.emofarm.run(["--generate-completion-script", shell])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("enqueue"))
    #expect(outcome.output.contains("emotion-vector"))
  }
}
