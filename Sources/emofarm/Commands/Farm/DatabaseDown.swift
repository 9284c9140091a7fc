import Admin
import ArgumentParser
import Farm
import Postgres

struct DatabaseDown: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down",
    abstract: "Stop the embedded PostgreSQL.",
    discussion: "Workers that use it wait until it is back; the next command that needs it starts it again.")

  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let cluster = EmbeddedCluster(home: try await global.embeddedSettings("down").home)
    let before = await cluster.status()
    try await cluster.stop()
    if case .running = before {
      try Console.print("stopped")
    } else {
      try Console.print("the server was not running")
    }
  }
}
