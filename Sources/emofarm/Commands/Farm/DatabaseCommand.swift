import ArgumentParser

struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "Start, stop, inspect and migrate the database, and make its roles.",
    discussion: """
      Without EMOFARM_DATABASE_URL or database.url in the config file, EmoFarm keeps a private PostgreSQL server in \
      the data folder, reachable only through a Unix socket; each command starts it on demand. If you run your own \
      server, migrate it yourself: emofarm db migrate.

      Examples:
        emofarm db up
        emofarm db status
        export EMOFARM_DATABASE_URL='postgresql://farm@db/emofarm?sslmode=verify-full'
        emofarm db migrate
      """,
    subcommands: [DatabaseUp.self, DatabaseDown.self, DatabaseStatus.self, DatabaseMigrate.self, DatabaseRoles.self])
}
