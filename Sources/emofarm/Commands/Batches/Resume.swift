import ArgumentParser
import Farm

struct Resume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let workers continue a paused batch.",
    discussion: """
      Example:
        emofarm resume 42
      """)

  @OptionGroup var batches: BatchArguments

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      try await batches.steer(farm, output) { try await farm.batches.resume($0) }
    }
  }
}
