import ArgumentParser
import Farm

struct WorkersResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Let paused or suspended workers claim jobs again.",
    discussion: """
      A pause is an operator's (`emofarm workers pause`). A worker suspends itself when its host cannot run jobs: a \
      model's files are damaged or missing there, or the store cannot be written. If the fault is still there, the next \
      job suspends the worker again; no job loses an attempt.
      """)

  @OptionGroup var workers: WorkerArguments
  @OptionGroup var all: AllWorkers
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    _ = try workers.selection(all)
  }

  func run() async throws {
    try await workers.direct(.resume, all, output, global, done: "claims jobs again")
  }
}
