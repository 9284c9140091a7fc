import Admin
import ArgumentParser
import Farm
import Files
import Postgres

struct DatabaseUp: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Start the embedded PostgreSQL, creating it if necessary, and migrate it.")

  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let settings = try await global.embeddedSettings("up")
    let database = try await FarmDatabase.open(settings, poolSize: 1, migrate: true, logger: GlobalOptions.logger)
    let configuration = database.configuration
    await database.close()
    try Console.print("running: \(configuration.redacted)")
    Console.say("connect with: psql '\(configuration.redacted)'; stop it with: emofarm db down")
  }
}

extension GlobalOptions {
  /// The settings for a command that manages the embedded server, which is unused if another one is configured.
  func embeddedSettings(_ verb: String) async throws -> FarmSettings {
    let settings = try await settings()
    if let address = try settings.configuredDatabase()?.redacted {
      throw InputError(
        "a server is configured (\(address)): emofarm db \(verb) manages the embedded one, which is not in use")
    }
    return settings
  }
}
