import Admin
import ArgumentParser
import Farm

struct Users: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the users: their weights, caps, open batches and running jobs.",
    discussion: """
      A batch belongs to the user that enqueued it (enqueue --user, by default the database role). Within a priority, \
      users share the workers in the proportion of their weights, however many batches each has; then the batches of a \
      user share what the user gets. A user at the cap of running jobs gets no more until one ends. Users of whom nothing \
      is set have weight 1 and no cap.
      """,
    subcommands: [UsersSet.self])

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let users = try await farm.database.sharing.users()
      if output.json {
        try Console.print(["users": .array(users.map(\.document))] as JSONDocument)
      } else if users.isEmpty {
        Console.say("no user has an open batch, and nothing is set of any")
      } else {
        try Console.print(SharingReport.lines(users))
      }
    }
  }
}
