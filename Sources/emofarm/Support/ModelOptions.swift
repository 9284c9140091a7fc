import Admin
import ArgumentParser
import EmoGen
import Farm
import Loaders

/// Which weights of a model's folder a command reads.
struct WeightOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which weights of the model's folder to read if it holds several, such as fp16.", valueName: "name"))
  var variant: String?
}

/// The model that a command without a database works with.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model's folder or file; by default, the small model that ships with EmoFarm.", valueName: "path"),
    completion: .file())
  var model: String?

  @OptionGroup var weights: WeightOptions
}

extension GlobalOptions {
  /// The given model, or the default one.
  func modelFolder(_ options: ModelOptions) async throws -> ModelFolder {
    guard let path = options.model else { return try await defaultModelFolder(options.weights) }
    return try ModelFolder(path, variant: options.weights.variant)
  }

  func defaultModelFolder(_ weights: WeightOptions) async throws -> ModelFolder {
    let home = try await settings().home
    guard let folder = DefaultModel.folder(home: home) else { throw DefaultModel.missing(home: home) }
    return try ModelFolder(folder, variant: weights.variant)
  }
}

extension BaseModel {
  /// Says what was assumed or left out when the model was recognised.
  func sayNotes() {
    for note in notes { Console.say("warning: \(path): \(note)") }
  }
}
