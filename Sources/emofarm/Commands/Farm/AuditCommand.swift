import Admin
import ArgumentParser
import Farm

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Check the farm's promises on the live database and files; exit code 1 and the rows on a breach.",
    discussion: """
      Looks at tokens and leases, one image for each index, files of accepted images, counters against rows. It can \
      run while workers work. --deep also reads every file and runs the slow checks.

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
      let findings = try await Audit(database: farm.database, store: farm.store()).run(deep: deep, batch: id)
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
