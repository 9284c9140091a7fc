import Admin
import ArgumentParser
import Farm
import Postgres

struct DatabaseMigrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Migrate the schema to the version that this program needs, or to another one.",
    discussion: """
      Each migration runs in its own transaction. It does not wait in front of the queue for a backup or a report that \
      reads the tables: it tries again for ten minutes, says whom it waits for, and workers go on. \
      Downgrading deletes the data of the newer schema, so it needs --yes.

      Examples:
        emofarm db migrate
        emofarm db migrate --to 0 --yes      reverts all migrations
      """)

  @Option(help: ArgumentHelp("The version to migrate to.", valueName: "version"))
  var to: Int?

  @Flag(help: "Do not ask before downgrading.")
  var yes = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let settings = try await global.settings()
    let runner = try MigrationRunner(migrations: FarmDatabase.migrations, logger: GlobalOptions.logger) {
      Console.say("\($0)")
    }
    let connection = try await PostgresConnection.connect(settings.databaseConfiguration())
    do {
      try await migrate(runner, connection)
      await connection.close()
    } catch {
      await connection.close()
      throw error
    }
  }

  private func migrate(_ runner: MigrationRunner, _ connection: PostgresConnection) async throws {
    let before = try await runner.status(connection)
    let isBack = to.map { $0 < before.current } ?? false
    if isBack, !yes {
      try Console.confirm(
        "Downgrade from version \(before.current) to \(to ?? 0) and delete the data of the newer schema?", flag: "--yes"
      )
    }
    let done =
      if isBack, let to { try await runner.down(connection, to: to) } else { try await runner.up(connection, to: to) }
    let version = try await runner.status(connection).current
    if !isBack, !done.isEmpty, try await FarmDatabase.hasRoles(connection) {
      Console.say("the database has roles: run emofarm db roles again, so that they get their rights on what is new")
    }
    if output.json {
      try Console.print(
        [
          "schema": JSONDocument(version), "migrations": .array(done.map { JSONDocument($0.label) }),
          "direction": isBack ? "down" : "up",
        ] as JSONDocument)
    } else {
      for migration in done { try Console.print("\(isBack ? "reverted" : "applied") \(migration.label)") }
      try Console.print("the schema has version \(version)\(done.isEmpty ? "; nothing to do" : "")")
    }
  }
}
