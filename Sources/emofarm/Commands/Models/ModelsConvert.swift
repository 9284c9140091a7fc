import Admin
import ArgumentParser
import Checkpoints
import EmoGen
import Files
import Loaders
import Vocabulary

struct ModelsConvert: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model of any form as a folder in diffusers' layout.",
    discussion: """
      The source is whatever --model accepts: a checkpoint (.safetensors or .ckpt), a folder with PyTorch files, \
      variants or shards, a hub cache. Every tensor keeps its bits and its type, and renders of the folder are the \
      same, unless --vae or --half asks for another VAE or for fp16. The weight files' metadata (converted_from) name \
      the files that they were made from, with their SHA-256.

      emogen.json and EmoGen's parts come along as they are: emotion_space, mapper, emotion_encoder, the classifiers \
      and clip. The folder appears when it is complete.

      Examples:
        emofarm models convert v1-5-pruned-emaonly.safetensors --out /models/sd15
        emofarm models convert /models/emogen-sd15 --out /models/emogen-tiny --vae taesd --half
      """)

  @Argument(help: ArgumentHelp("The model's folder or file.", valueName: "path"), completion: .file())
  var source: String

  @Option(
    help: ArgumentHelp("The new folder; it may exist if it is empty.", valueName: "dir"), completion: .directory)
  var out: String

  @OptionGroup var weights: WeightOptions

  @Option(
    help: ArgumentHelp("A VAE in place of the model's own: its folder, a model's folder or a file.", valueName: "path"),
    completion: .file())
  var vae: String?

  @Flag(help: "Round the weights of text encoder, U-Net and VAE to fp16.")
  var half = false

  func run() async throws {
    let model = try BaseModel(source, variant: weights.variant)
    model.sayNotes()
    let leftOut = try ModelFolder.leftOut(byConverting: model)
    if !leftOut.isEmpty { Console.say("left out: \(TerminalText.safe(leftOut.joined(separator: ", ")))") }
    var options = ModelConversion.Options()
    let added = try vae.map { try AddedFile(path: $0).identified() }
    options.vae = try added.map { try AddedVAE($0.path) }
    if let note = options.vae?.note { Console.say("warning: \(note)") }
    options.halves = half
    options.beside = { try ModelFolder.carryParts(of: model, into: $0) }
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    try ModelConversion.run(model, into: out, options) { part in
      try interrupt.check()
      progress.show("writing \(part)")
    }
    progress.clear()
    if let added {
      Console.say("its VAE is \(TerminalText.safe(added.path)), SHA-256 \(Measure.digest(added.sha256 ?? ""))…")
    }
    try Console.print(try BaseModel(out).path)
  }
}
