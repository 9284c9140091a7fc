import Admin
import ArgumentParser
import Farm

struct Collect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Delete files that no batch names any more.",
    discussion: """
      A file is marked when it is first seen without an image row, and deleted by a later run when a grace period \
      (ten leases, at least an hour) has passed and still no row names it. So run it from time to time, twice to free \
      the disk after emofarm delete.

      Examples:
        emofarm gc --dry-run
        emofarm gc
      """)

  @Flag(help: "Change nothing: say what there is to delete.")
  var dryRun = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let collector = ArtifactCollector(
        database: farm.database, store: try farm.store(), grace: ArtifactCollector.grace(lease: farm.settings.lease))
      let report = try await collector.run(dryRun: dryRun)
      if output.json {
        try Console.print(CollectDocument(report).json)
      } else {
        try Console.print(CollectDocument(report).lines(dryRun: dryRun))
      }
    }
  }
}
