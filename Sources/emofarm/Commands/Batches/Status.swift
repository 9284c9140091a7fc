import Admin
import ArgumentParser
import Farm
import Foundation
import Postgres

struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the farm, or one batch with its emotions, running jobs and errors.",
    discussion: """
      Examples:
        emofarm status            open batches, workers, disk
        emofarm status 42         one batch: progress, rate, running jobs, errors
        emofarm status 42 --json | jq .images_done
      """)

  @Argument(help: ArgumentHelp("The batch's number or key; the whole farm by default.", valueName: "batch"))
  var batch: String?

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      if let batch {
        try await showBatch(batch, farm)
      } else {
        try await showFarm(farm)
      }
    }
  }

  private func showBatch(_ reference: String, _ farm: FarmSession) async throws {
    let snapshot = try await BatchSnapshot.load(try await farm.batches.find(reference), from: farm.batches)
    if output.json {
      try Console.print(snapshot.json)
    } else {
      try Console.print(
        BatchReport(snapshot, paint: Console.paint, now: Date(), width: Console.size.columns).full())
    }
  }

  private func showFarm(_ farm: FarmSession) async throws {
    let overview = FarmOverview(
      home: farm.settings.home, store: farm.settings.store.place, database: farm.database.configuration.redacted,
      freeBytes: try farm.freeBytes(), minimumFreeBytes: farm.settings.minimumFreeBytes,
      batches: try await farm.batches.list(states: [.queued, .running, .paused, .cancelling]),
      workers: try await farm.database.workers.list())
    if output.json {
      try Console.print(overview.json)
    } else {
      try Console.print(overview.lines(paint: Console.paint, now: Date()))
    }
  }
}
