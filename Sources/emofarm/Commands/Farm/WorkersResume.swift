import Admin
import ArgumentParser
import Farm

struct WorkersResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Let suspended workers claim jobs again, after their host was repaired.",
    discussion: """
      A worker suspends itself when its host cannot run jobs: a model's files are damaged or missing there, or the store \
      cannot be written. If the fault is still there, the next job suspends the worker again; no job loses an attempt.
      """)

  @Argument(help: ArgumentHelp("The workers' numbers, as `emofarm workers` shows them.", valueName: "worker"))
  var workers: [Int64]

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      for worker in workers { try await farm.database.workers.resume(worker, because: "operator") }
      if output.json {
        try Console.print(["workers": .array(workers.map { JSONDocument($0) })] as JSONDocument)
      } else {
        for worker in workers { Console.say("worker \(worker) claims jobs again") }
      }
    }
  }
}
