import Admin
import ArgumentParser
import Farm

struct Prune: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove old events, attempts and registrations of workers from the database.",
    discussion: """
      The settings retention.events_days, retention.attempts_days (after the end of the batch) and \
      retention.workers_days say how long they are kept; 0 is for ever. Batches, images, the events that say how a \
      batch ended, and everything about jobs in quarantine stay. Workers do the same once an hour.

      Examples:
        emofarm prune --dry-run
        EMOFARM_RETENTION_EVENTS_DAYS=7 emofarm prune
      """)

  @Flag(help: "Change nothing: print what would be removed.")
  var dryRun = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let report = try await Retention(database: farm.database, limits: farm.settings.retention).run(dryRun: dryRun)
      if output.json {
        try Console.print(
          [
            "events": JSONDocument(report.events), "attempts": JSONDocument(report.attempts),
            "workers": JSONDocument(report.workers),
          ] as JSONDocument)
      } else {
        try Console.print(
          "\(dryRun ? "would remove" : "removed") \(Measure.count(report.events, "event")), "
            + "\(Measure.count(report.attempts, "attempt")) and \(Measure.count(report.workers, "registration"))")
      }
    }
  }
}
