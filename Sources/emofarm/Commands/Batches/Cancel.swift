import ArgumentParser
import Farm

struct Cancel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cancel a batch: running jobs stop between two denoising steps; finished images stay.",
    discussion: """
      The batch is "cancelling" while workers still hold jobs of it. emofarm retry takes a cancelled batch up again.

      Example:
        emofarm cancel 42
      """)

  @OptionGroup var batches: BatchArguments

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      try await batches.steer(farm, output) { try await farm.batches.cancel($0) }
    }
  }
}
