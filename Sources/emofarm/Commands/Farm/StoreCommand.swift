import Admin
import ArgumentParser
import Farm
import Files
import Foundation

struct StoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Whose the store is, giving it to this farm, and sending it files.",
    discussion: """
      A farm has an id in its database, and its store a marker with that id (farm.json). The first worker writes it. \
      Workers, gc, repair, export, audit and all other readers of images refuse a store that is another farm's or \
      that has lost its marker, because a share that is not mounted looks like an empty folder. A restored database \
      is the same farm; so is a copy of it: give a copy that runs beside the original a data folder of its own.
      """,
    subcommands: [StoreStatus.self, StoreAdopt.self, StoreSend.self], defaultSubcommand: StoreStatus.self)
}

struct StoreStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Print the farm's id and whether the store is its own; exit with 1 if it is not.")

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let identity = try await farm.database.identity()
      let marker = try? farm.settings.store.marker()
      var problem: String?
      do {
        _ = try await farm.store()
      } catch let error as FarmError where error.code == .storeRefused {
        problem = error.description
      }
      let named = marker?.farm.uuidString.lowercased()
      if output.json {
        try Console.print(
          [
            "farm": JSONDocument(identity.name), "home": JSONDocument(farm.settings.home),
            "marker": JSONDocument(named) { JSONDocument($0) }, "problem": JSONDocument(problem) { JSONDocument($0) },
          ] as JSONDocument)
      } else {
        try Console.print([
          "Farm   \(identity.name)", "Home   \(TerminalText.safe(farm.settings.home))",
          "Store  "
            + (problem.map { TerminalText.safe($0) }
              ?? (marker == nil
                ? "no marker yet: the first worker writes it" : "this farm's, marked \(marker?.made ?? "")")),
        ])
      }
      if problem != nil { throw ExitCode(1) }
    }
  }
}

struct StoreAdopt: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Give the store in the data folder to this farm.",
    discussion: """
      Use it after a marker was lost, for a further data folder on a machine without the shared one, or to continue an \
      old store with a new database. Be sure that the volume is mounted, and that no other farm uses the store: that \
      farm would be refused, and this farm's emofarm gc deletes files that its own batches do not name.

      Example:
        emofarm store adopt --home /srv/emofarm
      """)

  @Flag(help: "Do not ask for confirmation.")
  var yes = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let identity = try await farm.database.identity()
      if !yes {
        try Console.confirm(
          "Give the store in \(TerminalText.safe(farm.settings.home)) to the farm \(identity.name)?", flag: "--yes")
      }
      let earlier = try await farm.database.adoptStore(farm.settings.store)
      if output.json {
        try Console.print(
          [
            "farm": JSONDocument(identity.name), "home": JSONDocument(farm.settings.home),
            "earlier": JSONDocument(earlier?.farm.uuidString.lowercased()) { JSONDocument($0) },
          ] as JSONDocument)
      } else {
        try Console.print("the store in \(TerminalText.safe(farm.settings.home)) belongs to the farm \(identity.name)")
      }
    }
  }
}
