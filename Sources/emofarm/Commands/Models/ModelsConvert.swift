import Admin
import ArgumentParser
import Files
import Loaders

struct ModelsConvert: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a base model of any form as a folder in diffusers' layout.",
    discussion: """
      The source is whatever --model accepts: a checkpoint (.safetensors or .ckpt), a folder with PyTorch files, \
      variants or shards, a hub cache. Every tensor keeps its bits and its type, and renders of the folder are the \
      same. The weight files' metadata (converted_from) name the files that they were made from, with their SHA-256.

      The folder appears when it is complete. EmoGen's parts are not copied: combine them with `emofarm models plug`.

      Example:
        emofarm models convert v1-5-pruned-emaonly.safetensors --out /models/sd15
      """)

  @Argument(help: ArgumentHelp("The model's folder or file.", valueName: "path"), completion: .file())
  var source: String

  @Option(
    help: ArgumentHelp("The new folder; it may exist if it is empty.", valueName: "dir"), completion: .directory)
  var out: String

  @Option(
    help: ArgumentHelp("Which weights of a folder to convert if it holds several, such as fp16.", valueName: "name"))
  var variant: String?

  func run() async throws {
    let model = try BaseModel(source, variant: variant)
    for note in model.notes { Console.say("\(model.path): \(note)") }
    if Folder.isFolder("\(model.path)/emotion_space") {
      Console.say(
        "\(model.path): its emotions are not copied: combine them with: emofarm models plug --emotions \(source) --base \(out) --out DIR"
      )
    }
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    try ModelConversion.run(model, into: out) { part in
      try interrupt.check()
      progress.show("writing \(part)")
    }
    progress.clear()
    try Console.print(try BaseModel(out).path)
  }
}
