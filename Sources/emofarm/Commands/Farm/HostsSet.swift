import Admin
import ArgumentParser
import Farm

struct HostsSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Set how many jobs may run on a host at once.",
    discussion: """
      Running jobs are not interrupted. With a cap of 0 the host's workers claim nothing.

      Examples:
        emofarm hosts set forge --cap 2
        emofarm hosts set forge --no-cap
      """)

  @Argument(help: ArgumentHelp("The host's name, as `emofarm hosts` shows it.", valueName: "host"))
  var host: String

  @OptionGroup var cap: CapOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard cap.change != .keep else { throw ValidationError("give --cap or --no-cap.") }
  }

  func run() async throws {
    try await global.withFarm { farm in
      try await farm.database.sharing.setHost(host, cap: cap.cap)
      let share = try await farm.database.sharing.hosts().filter { $0.name == host }
      if output.json {
        try Console.print(["hosts": .array(share.map(\.document))] as JSONDocument)
      } else if share.isEmpty {
        Console.say("the host '\(host)' has no cap")
      } else {
        try Console.print(SharingReport.lines(share))
      }
    }
  }
}
