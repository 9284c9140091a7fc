import ArgumentParser
import Farm

struct Pause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stop claiming a batch's jobs; workers finish their current image and return the rest.",
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
