import ArgumentParser
import Farm
import Logging

/// Flags of every command that works with the farm.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The data folder, instead of EMOFARM_HOME.", valueName: "dir"),
    completion: .directory)
  var home: String?

  @Option(
    help: ArgumentHelp("The config file, instead of EMOFARM_CONFIG.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  func settings() async throws -> FarmSettings {
    try await FarmSettings.load(configFile: config, overrides: home.map { ["home": $0] } ?? [:])
  }

  /// Opens the database and the store, runs a body, and closes them.
  func withFarm<T>(_ body: (FarmSession) async throws -> T) async throws -> T {
    let settings = try await settings()
    let database = try await FarmDatabase.open(settings, logger: Self.logger) { Console.say("\($0)") }
    do {
      let value = try await body(FarmSession(settings: settings, database: database))
      await database.close()
      return value
    } catch {
      await database.close()
      throw error
    }
  }

  /// Discards the libraries' log messages: commands report errors themselves.
  static let logger = Logger(label: "emofarm") { _ in SwiftLogNoOpLogHandler() }
}

/// The flag of every command that prints data.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON; its keys are documented in config/json-output.md.")
  var json = false
}

/// The batch that a command works on.
struct BatchArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("The batch's number, or the key it was enqueued with.", valueName: "batch"))
  var reference: String
}
