import Admin
import ArgumentParser
import EmoGen
import Farm
import Vocabulary

struct ModelsVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare the digest of every file of the registered models; exit code 1 if one has changed.",
    discussion: """
      Examples:
        emofarm models verify
        emofarm models verify emogen-sd15
      """)

  @Argument(help: ArgumentHelp("The models' names; all models by default.", valueName: "name"))
  var names: [String] = []

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      var models: [RegisteredModel] = []
      if names.isEmpty { models = try await farm.database.models.list() }
      for name in names { models.append(try await farm.database.models.find(name)) }
      var documents: [JSONDocument] = []
      var isSound = true
      for model in models {
        let problem = Self.problem(model)
        isSound = isSound && problem == nil
        documents.append(["name": JSONDocument(model.name), "problem": JSONDocument(problem) { JSONDocument($0) }])
        if !output.json { try Console.print("\(model.name): \(problem ?? "unchanged")") }
      }
      if output.json { try Console.print(["models": .array(documents)] as JSONDocument) }
      if !isSound { throw ExitCode(1) }
    }
  }

  /// Describes what is wrong with a model's folder; nil if nothing is.
  private static func problem(_ model: RegisteredModel) -> String? {
    do {
      try model.check(ModelFolder(model.folder, variant: model.variant).describe().named(model.name))
      return nil
    } catch {
      return CommandFailure.message(error)
    }
  }
}
