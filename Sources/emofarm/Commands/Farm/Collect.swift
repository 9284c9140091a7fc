import Admin
import ArgumentParser
import Farm

struct Collect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Delete files that no batch references any more.",
    discussion: """
      The first run that finds a file without an image row marks it; a later run deletes it if a grace period (ten \
      leases, at least an hour) has passed and still no row references it. Run gc regularly; after emofarm delete, \
      two runs free the disk.

      Examples:
        emofarm gc --dry-run
        emofarm gc
      """)

  @Flag(help: "Change nothing: print what would be deleted.")
  var dryRun = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let collector = ArtifactCollector(
        database: farm.database, store: try await farm.store(for: .writing),
        grace: ArtifactCollector.grace(lease: farm.settings.lease))
      let report = try await collector.run(dryRun: dryRun)
      if output.json {
        try Console.print(CollectDocument(report).json)
      } else {
        try Console.print(CollectDocument(report).lines(dryRun: dryRun))
      }
    }
  }
}
