import Admin
import ArgumentParser
import EmoGen
import Farm
import Loaders
import Vocabulary

struct ModelsAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Register a model under a name.",
    discussion: """
      The model is a folder in diffusers' layout (model_index.json, tokenizer, text_encoder, unet, vae, scheduler) plus \
      EmoGen's emotion_space and mapper, or a checkpoint's file. Its path must be the same on every machine with \
      workers, unless --upload puts the files into the farm's store: workers then fetch what they lack. What the store \
      has already is compared and not sent again; what is damaged there is replaced. Adding a model that is registered \
      already changes nothing. --replace lets a name refer to different files; batches enqueued before keep the digests that they were enqueued with. Workers read the weights of the \
      registered --variant.

      Before it registers anything, the command reads the model as a worker would: configurations, tokenizer, the names \
      and shapes of all weights, whether all values are finite, and the checksums that PyTorch's files hold.

      Examples:
        emofarm models add emogen-sd15 /models/emogen-sd15
        emofarm models add emogen-fp16 /models/emogen-sd15 --variant fp16
        emofarm models add emogen-sd15 /models/emogen-sd15 --upload
      """)

  @Argument(help: "The name that batches use.")
  var name: String

  @Argument(help: ArgumentHelp("The model's folder or file.", valueName: "path"), completion: .file())
  var folder: String

  @OptionGroup var weights: WeightOptions

  @Flag(help: "Let a registered name refer to these files from now on.")
  var replace = false

  @Flag(help: "Put the files into the farm's store, for workers without this path.")
  var upload = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard !name.isEmpty, name.count <= Limits.nameLength else {
      throw ValidationError("The name must have 1 to \(Limits.nameLength) characters.")
    }
  }

  func run() async throws {
    let (description, folder) = try examined()
    try await global.withFarm { farm in
      // The files come first: a worker may claim a job of the model as soon as it is registered.
      if upload { try send(description, folder, to: try await farm.store(for: .writing)) }
      let model = try await farm.database.models.register(
        description.named(name), replacing: replace)
      if output.json {
        try Console.print(model.document)
      } else {
        try Console.print(
          "\(model.name): \(Measure.count(description.files.count, "file")) of \(model.folder), digest \(Measure.digest(model.digest))…"
        )
      }
    }
  }

  /// The model's description, after everything that a worker would read of it is checked.
  ///
  /// - Returns: also the model.
  private func examined() throws -> (ModelDescription, ModelFolder) {
    let model = try ModelFolder(folder, variant: weights.variant)
    model.base.sayNotes()
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    let start = ContinuousClock.now
    try model.examine { part in
      try interrupt.check()
      progress.show("examining \(part) of \(model.path)")
    }
    try interrupt.check()
    progress.show("digesting \(model.path)")
    let description = try model.describe()
    progress.clear()
    let seconds = start.duration(to: .now).inSeconds
    let bytes = description.files.reduce(0) { $0 + $1.bytes }
    Console.say("examined \(Measure.bytes(Int64(bytes))) in \(Measure.duration(seconds))")
    return (description, model)
  }

  private func send(_ model: ModelDescription, _ folder: ModelFolder, to store: ArtifactStore) throws {
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    let list = FileList(model, root: folder.base.root, documents: try folder.documents(beside: model))
    let sent = try InputArchive(store).send(list, root: folder.base.root, care: .bytes) { file in
      try interrupt.check()
      progress.show("sending \(file.path) (\(Measure.bytes(Int64(file.bytes))))")
    }
    progress.clear()
    Console.say(sent.words(to: store))
  }
}
