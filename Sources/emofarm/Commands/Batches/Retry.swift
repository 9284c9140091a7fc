import Admin
import ArgumentParser
import Farm

struct Retry: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Queue a batch's quarantined jobs again, or all unfinished jobs of a cancelled batch.",
    discussion: """
      Finished images are kept; only missing ones are rendered. Look at emofarm status BATCH first to see why jobs \
      failed.

      Example:
        emofarm retry 42
      """)

  @OptionGroup var batch: BatchArgument

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      let jobs = try await farm.batches.retry(id)
      let state = try await farm.batches.status(id).state
      if output.json {
        try Console.print(
          ["batch": JSONDocument(id), "jobs": JSONDocument(jobs), "state": JSONDocument(state.rawValue)] as JSONDocument
        )
      } else {
        try Console.print(
          jobs > 0
            ? "batch \(id) is \(state.rawValue): \(Measure.count(jobs, "job")) queued again"
            : "batch \(id) is \(state.rawValue): there is nothing to retry")
      }
    }
  }
}
