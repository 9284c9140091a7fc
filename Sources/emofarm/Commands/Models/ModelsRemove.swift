import Admin
import ArgumentParser
import Farm

struct ModelsRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a model's registration, if no batch is of it.",
    discussion: """
      The model's folder stays. Files that `emofarm models add --upload` put into the farm's store stay until emofarm gc \
      finds that no other model and no batch refers to them, and its grace period has passed; copies on workers make room \
      for others.

      Example:
        emofarm models remove emogen-sd15
      """)

  @Argument(help: "The name of a registered model.")
  var name: String

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let model = try await farm.database.models.remove(name)
      if output.json {
        try Console.print(model.document)
      } else {
        try Console.print("\(TerminalText.safe(name)) is removed; its folder \(TerminalText.safe(model.folder)) stays")
      }
      // The registration is gone, whether or not the store can be reached.
      guard let store = try? await farm.store(), let list = try? InputArchive(store).contents(of: model.digest) else {
        return
      }
      Console.say(
        "\(Measure.count(list.all.count, "file")) (\(Measure.bytes(list.bytes))) of it in \(store.place) stay until emofarm "
          + "gc deletes what nothing else refers to, after its grace period")
    }
  }
}
