import ArgumentParser
import Farm

struct Pause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stop claiming jobs of a batch; workers finish the image in hand and give the rest back.",
    discussion: """
      Example:
        emofarm pause 42 && … && emofarm resume 42
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var batches: BatchArguments

  func run() async throws {
    try await global.withFarm { farm in
      try await batches.steer(farm, output) { try await farm.batches.pause($0) }
    }
  }
}
