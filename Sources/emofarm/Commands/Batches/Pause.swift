import ArgumentParser
import Farm

struct Pause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stop claiming jobs of a batch; workers finish the image in hand and give the rest back.",
    discussion: """
      Example:
        emofarm pause 42 && … && emofarm resume 42
      """)

  @OptionGroup var batches: BatchArguments

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      try await batches.steer(farm, output) { try await farm.batches.pause($0) }
    }
  }
}
