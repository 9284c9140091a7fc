import ArgumentParser
import Farm

struct Cancel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cancel a batch: running jobs stop between two denoising steps; finished images are kept.",
    discussion: """
      The batch is "cancelling" while workers still hold its jobs. emofarm retry continues a cancelled batch.

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
