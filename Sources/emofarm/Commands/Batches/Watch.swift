import Admin
import ArgumentParser
import Farm
import Foundation
import Postgres

struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch a batch until it is finished: progress by emotion, rate, time left, running jobs.",
    discussion: """
      Redraws in place on a terminal; elsewhere, prints a line when something has changed, at most every ten seconds. \
      With --json each of those lines is a document. Warns when no worker is running. Ctrl-C stops watching; the \
      batch continues.

      Example:
        emofarm watch 42
      """)

  @OptionGroup var batch: BatchArgument

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      let isLive = Console.canRedraw && !output.json
      let interrupt = Interrupt {
        if isLive { try? Console.put(LiveScreen.end) }
        Console.say("batch \(id) continues; to watch it again, run: emofarm watch \(id)")
      }
      defer { withExtendedLifetime(interrupt) {} }
      if isLive { try await redraw(id, farm) } else { try await printLines(id, farm) }
    }
  }

  private func redraw(_ id: Int64, _ farm: FarmSession) async throws {
    var screen = LiveScreen()
    defer { screen.finish() }
    var absence = WorkerAbsence()
    try await follow(id, farm, every: .seconds(1)) { snapshot, hasWorker in
      _ = absence.note(snapshot.status, hasWorker: hasWorker, at: .now)
      let size = Console.size
      let report = BatchReport(snapshot, paint: Console.paint, now: Date(), width: size.columns)
      let notes = absence.text(id).map { [Console.paint.yellow($0)] } ?? []
      try screen.draw(report.live(height: size.lines - notes.count) + notes)
    } onTrouble: { trouble in
      absence = WorkerAbsence()
      try screen.draw([trouble])
    }
  }

  private func printLines(_ id: Int64, _ farm: FarmSession) async throws {
    var throttle = LineThrottle()
    var absence = WorkerAbsence()
    try await follow(id, farm, every: .seconds(1)) { snapshot, hasWorker in
      if absence.note(snapshot.status, hasWorker: hasWorker, at: .now) { absence.text(id).map(Console.say) }
      guard throttle.admits(snapshot.status, at: .now) else { return }
      if output.json {
        try Console.print(snapshot.json.line())
      } else {
        try Console.print(BatchReport(snapshot, paint: .plain, now: Date()).line())
      }
    } onTrouble: { trouble in
      // Workers need a moment to report again after the outage.
      absence = WorkerAbsence()
      Console.say(trouble)
    }
  }

  /// Polls the batch until it is finished, and waits while the server is unreachable.
  private func follow(
    _ id: Int64, _ farm: FarmSession, every interval: Duration,
    show: (_ snapshot: BatchSnapshot, _ hasWorker: Bool) throws -> Void, onTrouble: (String) throws -> Void
  ) async throws {
    var isInTrouble = false
    while true {
      do {
        let snapshot = try await BatchSnapshot.load(id, from: farm.batches)
        isInTrouble = false
        try show(snapshot, try await farm.hasWorker(for: snapshot.status))
        if snapshot.status.isFinished { return }
      } catch let error as PostgresError where error.isConnectionFailure {
        if !isInTrouble { try onTrouble("the database is unreachable (\(error.message)); waiting for it") }
        isInTrouble = true
      }
      try await Task.sleep(for: interval)
    }
  }
}
