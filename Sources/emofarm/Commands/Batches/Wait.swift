import Admin
import ArgumentParser
import Farm
import Foundation
import Postgres

struct Wait: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait until a batch is finished; exit code 0 if it is done, 1 if not.",
    discussion: """
      Prints nothing until the end, unless no worker is running. Cancelled and partly quarantined batches are \
      finished too; for them the exit code is 1.

      Example:
        batch=$(emofarm enqueue --emotion all --count 16)
        emofarm wait $batch && emofarm export $batch --out dataset
      """)

  @OptionGroup var batch: BatchArgument

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let status = try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      let interrupt = Interrupt { Console.say("batch \(id) continues; to wait for it again, run: emofarm wait \(id)") }
      defer { withExtendedLifetime(interrupt) {} }
      return try await finish(id, farm)
    }
    if output.json { try Console.print(BatchSnapshot(status).json) }
    let whole = status.training.map { Measure.count($0.steps, "step") } ?? Measure.count(status.images, "image")
    guard status.state == .done else {
      Console.say(
        "batch \(status.id) is \(status.state.rawValue): "
          + "\(Measure.count(status.training?.step ?? status.imagesDone)) of \(whole); "
          + "see: emofarm status \(status.id)")
      throw ExitCode(1)
    }
    let isShort = status.training == nil && status.imagesDone < status.images
    Console.say(
      "batch \(status.id) is done: "
        + (isShort ? "\(Measure.count(status.imagesDone)) of \(whole), none was accepted for the others" : whole))
  }

  /// Waits while the server is unreachable, and warns if no worker is running.
  private func finish(_ id: Int64, _ farm: FarmSession) async throws -> BatchStatus {
    var isInTrouble = false
    var absence = WorkerAbsence()
    while true {
      do {
        return try await farm.batches.waitUntilFinished(id) { status in
          isInTrouble = false
          if absence.note(status, hasWorker: try await farm.hasWorker(for: status), at: .now) {
            absence.text(id).map(Console.say)
          }
        }
      } catch let error as PostgresError where error.isConnectionFailure {
        if !isInTrouble { Console.say("the database is unreachable (\(error.message)); waiting for it") }
        isInTrouble = true
        // Workers need a moment to report again after the outage.
        absence = WorkerAbsence()
        try await Task.sleep(for: .seconds(2))
      }
    }
  }
}
