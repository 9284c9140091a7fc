import Admin
import ArgumentParser
import Checkpoints
import Farm
import Files
import Foundation
import Specifications
import Vocabulary

struct Enqueue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Add a batch of images, or a training job, to the queue and print its number.",
    discussion: """
      A specification file (YAML or JSON, config/batch.schema.json; - for standard input) says what to render; its \
      relative paths start at its own folder. Simple batches need only flags: every --emotion with every --prompt, or every --text, --count images each. Image i of \
      the batch uses the batch's seed + i.

      A specification with `training` instead of cells is one training job (encoder, classifier or mapper), which \
      does the same as `emofarm train`. Its folders are on the worker's machine; relative paths start at the data \
      folder.

      What a specification names beside its model (LoRAs, embeddings, VAEs, start pictures, classifiers; the pictures, models and \
      weights that a training reads) goes into the farm's store if that is in a bucket, or with --upload: workers fetch \
      what they do not have at its path. Without that, the paths must be the same on every machine with workers.

      With --key, enqueueing again returns the existing batch instead of adding a second one; the same key with a \
      different specification is refused.

      Examples:
        emofarm enqueue --emotion all --count 100
        emofarm enqueue --emotion awe=0.7,fear=0.3 --emotion awe+fear --count 50
        emofarm enqueue --emotion awe --prompt bag --prompt lamp --count 20
        emofarm enqueue nightly.yaml --key nightly-2027-03-01
        emofarm enqueue nightly.yaml --dry-run
        emofarm enqueue config/example-training.yaml
        batch=$(emofarm enqueue --emotion fear --count 8) && emofarm watch $batch
      """)

  @Argument(
    help: ArgumentHelp("A specification file, or - for standard input.", valueName: "spec.yaml"),
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var specification: String?

  @Option(
    help: ArgumentHelp("An emotion, a mixture, a fusion, or 'all' for the eight; may be repeated.", valueName: "spec"))
  var emotion: [String] = []

  @Option(help: ArgumentHelp("Words after the emotion; may be repeated.", valueName: "words"))
  var prompt: [String] = []

  @Option(
    help: ArgumentHelp("A plain text prompt instead of an emotion, for baselines; may be repeated.", valueName: "words")
  )
  var text: [String] = []

  @Option(help: ArgumentHelp("How many images of each combination.", valueName: "n"))
  var count: Int?

  @Option(help: ArgumentHelp("The batch's seed, below 2^63.", valueName: "n"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("A registered model.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("The batch's name.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Makes enqueueing idempotent: a key always names the same batch.", valueName: "key"))
  var key: String?

  @Option(help: ArgumentHelp("Priority, -100 to 100; higher runs first.", valueName: "n"))
  var priority: Int?

  @Option(help: ArgumentHelp("Images per job, 1 to 64.", valueName: "n"))
  var chunk: Int?

  @Option(
    help: ArgumentHelp(
      "Labels that a worker must have (emofarmd --label), such as gpu,large; may be repeated.", valueName: "labels"))
  var require: [String] = []

  @Option(
    help: ArgumentHelp(
      "Whose batch it is: users share the workers (emofarm users). By default the database role's name.",
      valueName: "name"))
  var user: String?

  @Option(
    help: ArgumentHelp(
      "Measure each image where it is made with the classifiers in this folder, such as a model with clip and emotion_classifier.",
      valueName: "dir"), completion: .directory)
  var measure: String?

  @Flag(help: "Put the files that the batch names into the farm's store, also if that is a folder.")
  var upload = false

  @Flag(help: "Change nothing: print the number of images and jobs, and the estimated time and disk space.")
  var dryRun = false

  @OptionGroup var signing: SignFlag

  @OptionGroup(title: "Render settings") var settings: RenderOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    do {
      _ = try Labels.parse(require, "--require")
      if let user { try SettingError.check(text: user, "--user", limit: Limits.nameLength, empty: false) }
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func run() async throws {
    let spec = try specify()
    try spec.check()
    try await global.withFarm { farm in
      if dryRun {
        try await report(spec, farm)
      } else {
        try await enqueue(spec, farm)
      }
    }
  }

  private func specify() throws -> BatchSpec {
    var request = BatchRequest()
    request.emotions = emotion
    request.prompts = prompt
    request.texts = text
    request.count = count
    request.settings = signing.added(to: settings.override)
    request.name = name
    request.key = key
    request.model = model
    request.seed = seed
    request.priority = priority
    request.chunk = chunk
    // A flag's path starts at the current folder, also beside a specification.
    request.measure = measure.map { SpecificationFolder(of: nil).resolved($0) }
    request.require = require.isEmpty ? nil : try Labels.parse(require, "--require")
    guard let specification else { return try request.specification() }
    let bytes = try File.readStream(specification == "-" ? "/dev/stdin" : specification, atMost: Limits.fileBytes)
    let label = specification == "-" ? "standard input" : specification
    guard let text = String(validating: bytes, as: UTF8.self) else { throw InputError("\(label) is not UTF-8 text") }
    return try request.applied(to: BatchSpec(parsing: text, named: label))
  }

  private func enqueue(_ spec: BatchSpec, _ farm: FarmSession) async throws {
    if spec.training != nil { return try await enqueueTraining(spec, farm) }
    let model = try await farm.model(spec.model)
    let plan = try plan(spec, model: model.registration)
    // The files come first: a worker may claim a job as soon as the batch exists.
    let inputs = BatchInputs(plan)
    if !inputs.isEmpty, sends(farm) {
      try await send(to: farm) { try inputs.send(to: $0, care: .size, onFile: $1) }
    }
    let enqueued = try await farm.batches.enqueue(plan, model: model, user: user)
    let images = Measure.count(enqueued.images, "image")
    Console.say(
      enqueued.created
        ? "enqueued \(images) in \(Measure.count(enqueued.jobs, "job")) with the model \(model.name)"
        : "a batch with this key exists already: \(images)")
    if !spec.require.isEmpty || !plan.precisions.isEmpty { try await warn(enqueued.id, farm) }
    if output.json {
      try Console.print(enqueued.document(model: model.name))
    } else {
      try Console.print(String(enqueued.id))
    }
  }

  private func sends(_ farm: FarmSession) -> Bool { upload || farm.settings.store.isBucket }

  private func send(
    to farm: FarmSession, _ send: (InputArchive, (ModelFile) throws -> Void) throws -> SentFiles
  ) async throws {
    let store = try await farm.store(for: .writing)
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    let sent = try send(InputArchive(store)) { file in
      try interrupt.check()
      progress.show("sending \(file.path) (\(Measure.bytes(Int64(file.bytes))))")
    }
    progress.clear()
    Console.say(sent.words(to: store))
  }

  /// The batch over a model's defaults, with the digests of the files that it names; says what it lacks.
  private func plan(_ spec: BatchSpec, model: ModelDescription) throws -> BatchPlan {
    let folder = SpecificationFolder(of: specification == "-" ? nil : specification)
    let interrupt = Interrupt()
    let plan = try spec.withClassifiers(in: folder) { try interrupt.check() }
      .withPictures(multiple: model.multiple, in: folder)
      .plan(defaults: model.defaults, multiple: model.multiple).mapFiles { try folder.identified($0) }
    for note in plan.notes(for: model) { Console.say("warning: \(note)") }
    return plan
  }

  private func enqueueTraining(_ spec: BatchSpec, _ farm: FarmSession) async throws {
    var spec = spec
    // The worker compares the files with these digests.
    spec.training = try spec.training?.mapFiles { try $0.relative(to: farm.settings.home).identified() }
    if let plan = spec.training, sends(farm) {
      let interrupt = Interrupt()
      let inputs = try TrainingInputs(plan, home: farm.settings.home) { try interrupt.check() }
      for path in inputs.missing {
        Console.say("warning: \(path) is not on this machine: workers need it at that path")
      }
      try await send(to: farm) { try inputs.send(to: $0, onFile: $1) }
      spec.training = inputs.plan
    }
    let enqueued = try await farm.batches.enqueueTraining(spec, user: user)
    Console.say(enqueued.created ? "enqueued a training" : "a training with this key exists already")
    if !spec.require.isEmpty { try await warn(enqueued.id, farm) }
    if output.json {
      try Console.print(enqueued.document(model: nil))
    } else {
      try Console.print(String(enqueued.id))
    }
  }

  /// Says that no worker can take the batch now, if so.
  private func warn(_ batch: Int64, _ farm: FarmSession) async throws {
    guard let wanted = try await farm.batches.status(batch).wantedWorker else { return }
    Console.say("warning: batch \(batch) waits \(wanted)")
  }

  private func report(_ spec: BatchSpec, _ farm: FarmSession) async throws {
    guard spec.training == nil else {
      throw InputError("--dry-run estimates images: a training has none; emofarm status shows its pace")
    }
    let model = try await farm.plannedModel(spec.model)
    let plan = try plan(spec, model: model)
    let estimate = try await PlanEstimate.load(plan, model: model, from: farm.database)
    let workers = try await farm.database.workers.list().count
    let report = PlanReport(
      plan, model: model.name, estimate: estimate, workers: workers, freeBytes: try farm.freeBytes())
    if output.json {
      try Console.print(report.json)
    } else {
      try Console.print(report.lines)
    }
  }
}
