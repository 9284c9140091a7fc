import Admin
import ArgumentParser
import Farm

struct Repair: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have images rendered again whose files were lost or damaged.",
    discussion: """
      Reads every file of the batch, or of all batches, and compares it with its row. Images whose files are missing, \
      damaged or not theirs are taken back, and their jobs are queued again: workers render exactly these images. The \
      same engine kind gives the same bytes; if no live worker has that kind, the command says so. It can run while \
      workers are busy. Exits with 1 if an image had to be left alone.

      Examples:
        emofarm repair 42 --dry-run
        emofarm repair 42 && emofarm wait 42
      """)

  @Argument(help: ArgumentHelp("Only this batch, by number or key.", valueName: "batch"))
  var batch: String?

  @Flag(help: "Change nothing: print what would be rendered again.")
  var dryRun = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      var id: Int64?
      if let batch { id = try await farm.batches.find(batch) }
      let repair = FarmRepair(database: farm.database, store: try await farm.store(for: .writing))
      let interrupt = Interrupt()
      var progress = ProgressLine()
      let report: RepairReport
      do {
        defer { progress.clear() }
        report = try await repair.run(batch: id, dryRun: dryRun) { examined in
          try interrupt.check()
          progress.show("examined \(Measure.count(examined, "file"))")
        }
      }
      let text = RepairText(report, dryRun: dryRun)
      if output.json {
        try Console.print(text.json)
      } else {
        try Console.print(text.lines)
      }
      if report.taken.running + report.taken.stopped > 0 { throw ExitCode(1) }
    }
  }
}
