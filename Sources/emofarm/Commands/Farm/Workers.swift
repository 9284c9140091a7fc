import Admin
import ArgumentParser
import Farm
import Foundation

struct Workers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the workers: where they run, what they are doing, why they are waiting.",
    discussion: """
      A worker is an emofarmd process. It is "lost" if its heartbeats stopped, and "gone" if it exited normally; \
      --all shows both. A worker is "suspended" if its host cannot run the farm's jobs; its note says why. It looks at \
      its host again after growing pauses; `emofarm workers resume` makes it try at once. \
      An operator pauses, resumes and drains workers from afar with the subcommands; the note says who did.
      """,
    subcommands: [WorkersPause.self, WorkersResume.self, WorkersDrain.self])

  @OptionGroup var all: AllWorkers
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let workers = try await farm.database.workers.list(all: all.isGiven)
      if output.json {
        try Console.print(["workers": .array(workers.map(\.document))] as JSONDocument)
      } else if workers.isEmpty {
        Console.say("no worker is alive; start one with: emofarmd")
      } else {
        try Console.print(WorkerReport.lines(workers, now: Date()))
      }
    }
  }
}
