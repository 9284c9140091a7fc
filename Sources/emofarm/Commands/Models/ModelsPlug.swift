import Admin
import ArgumentParser
import EmoGen

struct ModelsPlug: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plug",
    abstract: "Combine one model's emotions with another base model.",
    discussion: """
      Creates a model folder of links: the base from one model; the emotion space, mapper and encoder from another. A \
      mapper is trained for a text transformer, so the emotions suit base models with the same one, such as another \
      fine-tuned Stable Diffusion 1.x. Only the width is checked; use `emofarm evaluate` for the rest.

      Example:
        emofarm models plug --emotions /models/emogen-sd15 --base /models/dreamshaper --out /models/emogen-dreamshaper
      """)

  @Option(help: ArgumentHelp("The model that provides the emotions.", valueName: "dir"), completion: .directory)
  var emotions: String

  @Option(help: ArgumentHelp("The model that provides the base.", valueName: "dir"), completion: .directory)
  var base: String

  @Option(help: ArgumentHelp("The new model's folder.", valueName: "dir"), completion: .directory)
  var out: String

  func run() async throws {
    let model = try ModelFolder.plug(emotions: emotions, into: base, at: out)
    try Console.print(model.path)
  }
}
