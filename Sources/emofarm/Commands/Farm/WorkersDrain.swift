import ArgumentParser
import Farm

struct WorkersDrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain",
    abstract: "Let workers finish the images in hand and exit.",
    discussion: """
      This does from afar what SIGTERM does: a worker finishes and publishes its current images or saves the training's \
      state, returns the rest of its job without counting an attempt, and exits with 0. It hears of it within seconds. \
      systemd's Restart=on-failure leaves it stopped; Restart=always and most other supervisors start it again: stop the \
      service there, or pause the worker instead.

      Examples:
        emofarm workers drain 12 13
        emofarm workers drain --host forge
      """)

  @OptionGroup var workers: WorkerArguments
  @OptionGroup var all: AllWorkers
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    _ = try workers.selection(all)
  }

  func run() async throws {
    try await workers.direct(.drain, all, output, global, done: "drains: `emofarm workers` shows it until it has left")
  }
}
