import Admin
import ArgumentParser
import Farm
import Foundation

struct Workers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the workers: where they run, what they do, why they wait.",
    discussion: """
      A worker is an emofarmd process. One that was silent for too long is "lost", one that ended in order "gone"; \
      both are shown with --all.
      """)

  @Flag(help: "Also those that have ended.")
  var all = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let workers = try await farm.database.workers.list(all: all)
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
