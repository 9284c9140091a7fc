import ArgumentParser

struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "Start, stop, look at and migrate the database.",
    discussion: """
      Without EMOFARM_DATABASE_URL or database.url in the config file, EmoFarm keeps a private PostgreSQL server in \
      the data folder, reached through a Unix socket alone; every command starts it when it needs it. A server of \
      your own is migrated by hand: emofarm db migrate.

      Examples:
        emofarm db up
        emofarm db status
        export EMOFARM_DATABASE_URL='postgresql://farm@db/emofarm?sslmode=verify-full'
        emofarm db migrate
      """,
    subcommands: [DatabaseUp.self, DatabaseDown.self, DatabaseStatus.self, DatabaseMigrate.self])
}
