import Admin
import ArgumentParser
import EmoGen

struct ModelsPlug: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plug",
    abstract: "Plug one model's emotions into another base model.",
    discussion: """
      Makes a model folder whose parts are links: the base from one model, the emotion space, mapper and encoder from \
      another. A mapper speaks to a text transformer: the emotions suit bases that have the one they were trained \
      with, such as another fine-tuned Stable Diffusion 1.x. The width is checked, the rest is for `emofarm evaluate`.

      Example:
        emofarm models plug --emotions /models/emogen-sd15 --base /models/dreamshaper --out /models/emogen-dreamshaper
      """)

  @Option(help: ArgumentHelp("The model whose emotions are taken.", valueName: "dir"), completion: .directory)
  var emotions: String

  @Option(help: ArgumentHelp("The model whose base is taken.", valueName: "dir"), completion: .directory)
  var base: String

  @Option(help: ArgumentHelp("The new model's folder.", valueName: "dir"), completion: .directory)
  var out: String

  func run() async throws {
    let model = try ModelFolder.plug(emotions: emotions, into: base, at: out)
    try Console.print(model.path)
  }
}
