import Admin
import ArgumentParser
import EmoGen
import Farm
import Loaders
import Scoring
import Vocabulary

struct Evaluate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure images: does each show its emotion, clearly, and are they diverse?",
    discussion: """
      Emo-A is the share of images whose emotion a classifier recognises; Sem-C, how confident content classifiers \
      are; Sem-D and LPIPS, how much the images of an emotion differ; FID, their distance from real images (--real); \
      CLIP text, their similarity to the words "an image of" their emotion.

      Each source is a column: images that models render (with the seeds 1000 x emotion + k), plain-text baselines, \
      folders, batches, real images. Each may have a name, as in EmoGen=DIR. A folder is in EmoSet's layout, is an \
      export of emofarm, or has a subfolder for each emotion. Without any source, the default model is rendered.

      Examples:
        emofarm evaluate --model demo --baseline --real dataset --per-emotion 100 --steps 20
        emofarm evaluate --folder ours=export --folder theirs=pictures --classifiers /models/classifiers
        emofarm evaluate --batch 42 --against paper --json
        emofarm evaluate --text attributes="a picture of a {attribute}" --without-emotions
        emofarm evaluate mixtures --pair awe+fear --pair anger+sadness
      """,
    subcommands: [EvaluateMixtures.self])

  enum Reference: String, CaseIterable, ExpressibleByArgument {
    case paper
  }

  @Option(
    help: ArgumentHelp("A model to render the emotions with; may be repeated.", valueName: "[name=]dir"),
    completion: .directory)
  var model: [NamedSource] = []

  @OptionGroup var weights: WeightOptions

  @Flag(help: "Also render \"an image of {emotion}\" with the first model.")
  var baseline = false

  @Option(
    help: ArgumentHelp(
      "Also render plain text with the first model; {emotion} and {attribute} are replaced by each emotion and its attributes in turn.",
      valueName: "[name=]text"))
  var text: [NamedSource] = []

  @Option(
    help: ArgumentHelp("Also render emotions followed by these words with the first model.", valueName: "[name=]words"))
  var prompt: [NamedSource] = []

  @Option(
    help: ArgumentHelp(
      "Also render a mixture or fusion with the first model; it counts under its dominant emotion.", valueName: "spec"))
  var mixture: [String] = []

  @Flag(help: "Do not render the model's emotions themselves.")
  var withoutEmotions = false

  @Option(help: ArgumentHelp("Images in a folder; may be repeated.", valueName: "[name=]dir"), completion: .directory)
  var folder: [NamedSource] = []

  @Option(help: ArgumentHelp("Images of a batch; may be repeated.", valueName: "[name=]batch"))
  var batch: [NamedSource] = []

  @Option(
    help: ArgumentHelp("Real images: the reference for FID, and a column.", valueName: "[name=]dir"),
    completion: .directory)
  var real: NamedSource?

  @Option(
    help: ArgumentHelp(
      "The split of folders that are datasets; by default EmoSet's test split, and all of the others.",
      valueName: "name"))
  var split: String?

  @Option(help: ArgumentHelp("Images to render per emotion.", valueName: "n"))
  var perEmotion = 100

  @Option(
    help: ArgumentHelp(
      "The attributes, as a confidence.json; by default the one in the model's emotion_space.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var attributes: String?

  @Option(help: ArgumentHelp("The text that the CLIP text metric compares images with.", valueName: "words"))
  var emotionTemplate = "an image of {emotion}"

  @Option(help: ArgumentHelp("The text by which an image's nearest attribute is found.", valueName: "words"))
  var attributeTemplate = "{attribute}"

  @Option(help: "Print published figures next to the result.")
  var against: Reference?

  @OptionGroup(title: "Render settings") var settings: RenderOptions
  @OptionGroup(title: "Measuring options") var measuring: EvaluationOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard (2...1_000_000).contains(perEmotion) else {
      throw ValidationError("--per-emotion \(perEmotion): must be from 2 to 1,000,000.")
    }
    guard emotionTemplate.contains("{emotion}") else {
      throw ValidationError("--emotion-template: must contain {emotion}.")
    }
    guard attributeTemplate.contains("{attribute}") else {
      throw ValidationError("--attribute-template: must contain {attribute}.")
    }
  }

  /// Keys that every result has, so that `--out` overwrites no other JSON.
  private static let members = ["classifiers", "metrics", "columns"]

  func run() async throws {
    try measuring.out.map { try OutputFile.check($0, replacing: .json(Self.members)) }
    let models = try await models()
    var contents = EvaluationPlan.Contents()
    contents.emotions = !withoutEmotions
    (contents.baseline, contents.texts, contents.prompts, contents.mixtures) = (baseline, text, prompt, mixture)
    (contents.perEmotion, contents.seed) = (perEmotion, measuring.seed)
    contents.settings = settings.override
    let plan = try EvaluationPlan(
      emotions: measuring.chosenEmotions(), models: models, contents: contents, folders: folder, real: real,
      split: split, classifiers: await classifiers(models), attributes: attributes)
    let interrupt = Interrupt()
    var progress = ProgressLine(plainEvery: .seconds(5))
    defer { progress.clear() }
    let evaluation = try evaluation(plan, interrupt, &progress)
    try render(plan, into: evaluation, interrupt, &progress)
    for column in plan.folders {
      let counter = EvaluationProgress(column.label, of: column.images.images.count)
      try evaluation.measure(column) { done in
        try interrupt.check()
        progress.show(counter.line(done, paint: Console.livePaint))
      }
    }
    try await measureBatches(evaluation, plan.emotions, interrupt, &progress)
    let report = try evaluation.report { label in
      try interrupt.check()
      progress.show("computing the figures of \(TerminalText.safe(label))")
    }
    progress.clear()
    let comparesWithPaper = against == .paper
    try measuring.finish(
      report.json(comparesWithPaper: comparesWithPaper), members: Self.members,
      lines: EvaluationText.lines(report, comparesWithPaper: comparesWithPaper), asJSON: output.json)
  }

  /// The named models; if there are none and something has to be rendered, the default one.
  private func models() async throws -> [EvaluationPlan.Model] {
    guard model.isEmpty else {
      return try model.map {
        .init(label: $0.label, folder: try ModelFolder($0.value, variant: weights.variant))
      }
    }
    let renders = baseline || !text.isEmpty || !prompt.isEmpty || !mixture.isEmpty
    guard renders || (folder.isEmpty && batch.isEmpty && real == nil) else { return [] }
    let folder = try await global.defaultModelFolder(weights)
    return [.init(label: NamedSource(folder.path).label, folder: folder)]
  }

  private func classifiers(_ models: [EvaluationPlan.Model]) async throws -> String {
    if let given = measuring.classifiers { return given }
    if let model = models.first { return model.folder.path }
    return try await global.defaultModelFolder(weights).path
  }

  private func evaluation(
    _ plan: EvaluationPlan, _ interrupt: Interrupt, _ progress: inout ProgressLine
  ) throws -> Evaluation {
    let classifiers = try Classifiers(folder: plan.classifiers) { name in
      try interrupt.check()
      progress.show("loading \(plan.classifiers)/\(name)")
    }
    var figures = SourceReport.Settings()
    (figures.resamples, figures.seed) = (measuring.resamples, measuring.seed)
    return try Evaluation(
      classifiers, attributes: plan.attributes, emotionTemplate: emotionTemplate,
      attributeTemplate: attributeTemplate, settings: figures, on: measuring.compute())
  }

  private func render(
    _ plan: EvaluationPlan, into evaluation: Evaluation, _ interrupt: Interrupt, _ progress: inout ProgressLine
  ) throws {
    for (model, columns) in plan.rendered where !columns.isEmpty {
      progress.show("loading \(model.folder.path)")
      // All columns of a model have the same settings.
      let additions = columns[0].images.settings.additions
      let pipeline = try EmoGenPipeline.load(model.folder, additions: additions, on: evaluation.compute) {
        try interrupt.check()
      }
      progress.clear()
      let requests = columns.flatMap { column in column.images.emotions.flatMap { column.images.requests($0).prefix(1) }
      }
      model.folder.base.sayNotes()
      Console.warn(try requests.flatMap { try pipeline.warnings(for: $0) })
      for column in columns {
        let counter = EvaluationProgress(column.label, of: column.images.count)
        try evaluation.render(column, with: pipeline) { done in
          try interrupt.check()
          progress.show(counter.line(done, paint: Console.livePaint))
        }
        progress.clear()
        Console.say(counter.summary("rendered", column.images.count))
      }
    }
  }

  private func measureBatches(
    _ evaluation: Evaluation, _ emotions: [Emotion], _ interrupt: Interrupt, _ progress: inout ProgressLine
  ) async throws {
    guard !batch.isEmpty else { return }
    let settings = try await global.settings()
    let database = try await FarmDatabase.open(settings, logger: GlobalOptions.logger)
    do {
      let farm = FarmSession(settings: settings, database: database)
      for source in batch {
        let pictures = BatchPictures(images: database.images, store: try await farm.store())
        try await evaluation.measure(batch: source, of: farm.batches, pictures, emotions) { counter, done in
          try interrupt.check()
          progress.show(counter.line(done, paint: Console.livePaint))
        }
      }
      await database.close()
    } catch {
      await database.close()
      throw error
    }
  }
}
