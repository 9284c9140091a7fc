import Admin
import ArgumentParser
import Farm

struct Events: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print recent events of the whole farm or of one batch, oldest first.",
    discussion: """
      Examples:
        emofarm events
        emofarm events 42 --limit 20
        emofarm events --json       one document per line
      """)

  @Argument(help: ArgumentHelp("The batch's number or key; the whole farm by default.", valueName: "batch"))
  var batch: String?

  @Option(help: ArgumentHelp("Number of events, counted from the latest.", valueName: "n"))
  var limit = 50

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit \(limit): must be at least 1.") }
  }

  func run() async throws {
    try await global.withFarm { farm in
      var id: Int64?
      if let batch { id = try await farm.batches.find(batch) }
      for event in try await farm.database.events.recent(batch: id, limit: limit) {
        try Console.print(output.json ? EventReport.json(event).line() : EventReport.line(event))
      }
    }
  }
}
