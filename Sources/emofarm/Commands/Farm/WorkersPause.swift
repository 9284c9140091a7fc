import ArgumentParser
import Farm

struct WorkersPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Let workers claim no more jobs until they are resumed.",
    discussion: """
      A worker finishes the job that it has, stays registered and claims nothing until `emofarm workers resume`. It is \
      given no job from the moment of this command. A pause ends with the process: a worker that is started again claims.

      Examples:
        emofarm workers pause 12
        emofarm workers pause --host forge
        emofarm workers resume --host forge
      """)

  @OptionGroup var workers: WorkerArguments
  @OptionGroup var all: AllWorkers
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    _ = try workers.selection(all)
  }

  func run() async throws {
    try await workers.direct(.pause, all, output, global, done: "is paused")
  }
}
