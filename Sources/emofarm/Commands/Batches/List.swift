import Admin
import ArgumentParser
import Farm
import Foundation

struct List: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List batches, newest first.",
    discussion: """
      Examples:
        emofarm list
        emofarm list --state failed --state running
        emofarm list --json | jq -r '.batches[] | select(.state == "done") | .batch'
      """)

  @Option(help: "Only batches in this state; may be repeated.")
  var state: [BatchState] = []

  @Option(help: ArgumentHelp("Maximum number of batches.", valueName: "n"))
  var limit = 100

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit \(limit): must be at least 1.") }
  }

  func run() async throws {
    try await global.withFarm { farm in
      let batches = try await farm.batches.list(states: state.isEmpty ? nil : state, limit: limit)
      if output.json {
        try Console.print(["batches": .array(batches.map { BatchSnapshot($0).json })] as JSONDocument)
      } else if batches.isEmpty {
        Console.say(
          "there is no \(state.isEmpty ? "" : "such ")batch; add one with: emofarm enqueue --emotion all --count 10")
      } else {
        try Console.print(BatchTable.lines(batches, now: Date()))
      }
    }
  }
}

extension BatchState: ExpressibleByArgument {}
