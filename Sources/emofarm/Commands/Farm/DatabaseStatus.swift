import Admin
import ArgumentParser
import Farm
import Postgres

struct DatabaseStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show where the database is, whether it is running, and the version of its schema.",
    discussion: "Starts nothing. Exit code 1 if the schema is not what this program needs.")

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let settings = try await global.settings()
    let report: DatabaseReport
    if let configuration = try settings.configuredDatabase() {
      report = try await look(configuration, DatabaseReport.Server.configured)
    } else {
      let cluster = EmbeddedCluster(home: settings.home)
      switch await cluster.status() {
      case .absent: report = DatabaseReport(.absent, address: nil, schema: nil)
      case .stopped: report = DatabaseReport(.stopped, address: nil, schema: nil)
      case .running(let process): report = try await look(cluster.configuration(), .running(process: process))
      }
    }
    if output.json {
      try Console.print(report.json)
    } else {
      try Console.print(report.lines)
    }
    if report.isUnusable { throw ExitCode(1) }
  }

  private func look(
    _ configuration: PostgresConfiguration, _ server: DatabaseReport.Server
  ) async throws -> DatabaseReport {
    let connection = try await PostgresConnection.connect(configuration)
    do {
      let status = try await MigrationRunner(migrations: FarmDatabase.migrations).status(connection)
      await connection.close()
      return DatabaseReport(server, address: configuration.redacted, schema: status)
    } catch {
      await connection.close()
      throw error
    }
  }
}
