import ArgumentParser
import Files
import Foundation
import Vocabulary

/// The admin command: `emofarm COMMAND`.
@main
struct EmoFarm: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emofarm",
    abstract: "Render images that evoke emotions, alone or as datasets on a farm of workers.",
    discussion: """
      A batch requests images of some emotions; workers (emofarmd) render them; every image records how it was made.

      First steps:
        emofarm render --emotion awe --out pictures    without a farm
        emofarm enqueue --emotion all --count 100      prints the batch's number
        emofarmd --once                                renders all that is queued
        emofarm watch 1                                live, in another terminal
        emofarm export 1 --out dataset

      An emotion is one of \(Emotion.names.joined(separator: ", ")); \
      awe=0.7,fear=0.3 mixes several in one token, awe+fear puts tokens side by side.

      If no database is configured, the program starts and uses the embedded PostgreSQL in the data folder. Configure \
      one with EMOFARM_DATABASE_URL or the config file. Data are stored in EMOFARM_HOME. Exit codes: 0 success, 1 \
      failure, 2 wrong usage or input. Data go to standard output, everything else to standard error.
      """,
    version: "emofarm \(Program.version)",
    groupedSubcommands: [
      CommandGroup(name: "Images", subcommands: [Render.self, Inspect.self, Verify.self, Replay.self]),
      CommandGroup(
        name: "Batches",
        subcommands: [
          Enqueue.self, Status.self, Watch.self, Wait.self, List.self, Pause.self, Resume.self, Cancel.self,
          Retry.self, Priority.self, Delete.self,
        ]),
      CommandGroup(name: "Datasets", subcommands: [Dataset.self, Export.self, Sheet.self, Report.self, Evaluate.self]),
      CommandGroup(name: "Training", subcommands: [Train.self]),
      CommandGroup(
        name: "The farm",
        subcommands: [
          Workers.self, Users.self, Hosts.self, Events.self, WebCommand.self, MetricsCommand.self, Models.self,
          DatabaseCommand.self,
          StoreCommand.self,
          Keys.self, AuditCommand.self, Repair.self, Collect.self, Prune.self, Bench.self,
        ]),
    ])

  /// Commands run on threads that may block, because they read and write files, render and train in their own tasks.
  static func main() async {
    do {
      try await withTaskExecutorPreference(BlockingThreads.shared) { try await run(parseAsRoot()) }
    } catch {
      CommandFailure.end(with: error, in: Self.self)
    }
  }

  private static func run(_ command: any ParsableCommand) async throws {
    var command = command
    if var command = command as? any AsyncParsableCommand {
      try await command.run()
    } else {
      try command.run()
    }
  }
}
