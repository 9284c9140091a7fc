import Admin
import ArgumentParser
import Farm

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract:
      "Check the farm's promises on the live database and files; on a breach, print the rows and exit with 1.",
    discussion: """
      Checks fencing tokens and leases, that each index has one image, that accepted images have files whose \
      provenance is theirs, and that counters match rows. It can run while workers are busy and reads the first 16 KiB \
      of each file. --deep reads every file whole, compares its pixels, and runs the slow checks.

      Examples:
        emofarm audit
        emofarm audit --deep --batch 42
        emofarm audit --json | jq .findings
      """)

  @Flag(help: "Read every file and run the slow checks.")
  var deep = false

  @Option(help: ArgumentHelp("Only this batch, by number or key.", valueName: "batch"))
  var batch: String?

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      var id: Int64?
      if let batch { id = try await farm.batches.find(batch) }
      let findings = try await Audit(database: farm.database, store: await farm.store()).run(deep: deep, batch: id)
      let report = AuditReport(findings)
      if output.json {
        try Console.print(report.json)
      } else {
        try Console.print(report.lines)
      }
      if !findings.isEmpty { throw ExitCode(1) }
    }
  }
}
