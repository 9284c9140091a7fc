import Admin
import ArgumentParser
import Farm
import Vocabulary

struct UsersSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Set a user's weight, or the most jobs that may run at once.",
    discussion: """
      What is not given stays. Running jobs are not interrupted.

      Examples:
        emofarm users set anna --weight 2
        emofarm users set bert --cap 8
        emofarm users set bert --no-cap
      """)

  @Argument(help: ArgumentHelp("The user's name, as `emofarm users` shows it.", valueName: "user"))
  var user: String

  @Option(help: ArgumentHelp("The share of the workers in proportion to other users' weights.", valueName: "n"))
  var weight: Double?

  @OptionGroup var cap: CapOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    if let weight, !Limits.weight.contains(weight) {
      throw ValidationError(
        "--weight \(weight): must be from \(Limits.weight.lowerBound) to \(Limits.weight.upperBound)")
    }
    guard weight != nil || cap.change != .keep else {
      throw ValidationError("give --weight, --cap or --no-cap.")
    }
  }

  func run() async throws {
    try await global.withFarm { farm in
      try await farm.database.sharing.setUser(user, weight: weight, cap: cap.change)
      let share = try await farm.database.sharing.users().filter { $0.name == user }
      if output.json {
        try Console.print(["users": .array(share.map(\.document))] as JSONDocument)
      } else {
        try Console.print(SharingReport.lines(share))
      }
    }
  }
}
