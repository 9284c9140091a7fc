import Admin
import ArgumentParser
import EmoGen
import Farm
import Files
import Foundation
import Imaging
import Metrics
import Vocabulary

struct Evaluate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure images: does each show its emotion, clearly, and are they diverse?",
    discussion: """
      Emo-A is the share of images whose emotion a classifier recognises, Sem-C how sure content classifiers are, \
      Sem-D and LPIPS how different the images of an emotion are, FID how far they lie from real ones (--real), CLIP \
      text how near to the words "an image of" their emotion.

      Sources stand side by side as columns: what models render (with the seeds 1000 x emotion + k), baselines of \
      plain text, folders, batches, real pictures. Each may have a name, as in EmoGen=DIR. A folder is in EmoSet's \
      layout, an export of emofarm, or has a folder for each emotion. Without any source the default model is \
      rendered.

      Examples:
        emofarm evaluate --model demo --baseline --real dataset --per-emotion 100 --steps 20
        emofarm evaluate --folder ours=export --folder theirs=pictures --classifiers /models/judges
        emofarm evaluate --batch 42 --against paper --json
        emofarm evaluate --text attributes="a picture of a {attribute}" --without-emotions
        emofarm evaluate mixtures --pair awe+fear --pair anger+sadness
      """,
    subcommands: [EvaluateMixtures.self])

  enum Reference: String, CaseIterable, ExpressibleByArgument {
    case paper
  }

  @Option(
    help: ArgumentHelp("A model whose emotions are rendered; may be repeated.", valueName: "[name=]dir"),
    completion: .directory)
  var model: [NamedSource] = []

  @Flag(help: "Render \"an image of {emotion}\" too, on the first model.")
  var baseline = false

  @Option(
    help: ArgumentHelp(
      "Render plain text too, on the first model; {emotion} and {attribute} stand for each emotion and its attributes in turn.",
      valueName: "[name=]text"))
  var text: [NamedSource] = []

  @Option(
    help: ArgumentHelp("Render emotions followed by words too, on the first model.", valueName: "[name=]words"))
  var prompt: [NamedSource] = []

  @Option(
    help: ArgumentHelp(
      "Render a mixture or fusion too, on the first model; counted under its dominant emotion.", valueName: "spec"))
  var mixture: [String] = []

  @Flag(help: "Do not render the model's emotions themselves.")
  var withoutEmotions = false

  @Option(help: ArgumentHelp("Images in a folder; may be repeated.", valueName: "[name=]dir"), completion: .directory)
  var folder: [NamedSource] = []

  @Option(help: ArgumentHelp("Images of a batch; may be repeated.", valueName: "[name=]batch"))
  var batch: [NamedSource] = []

  @Option(
    help: ArgumentHelp("Real pictures: what FID compares with, and a column.", valueName: "[name=]dir"),
    completion: .directory)
  var real: NamedSource?

  @Option(
    help: ArgumentHelp(
      "The part of the folders that are datasets; EmoSet's test and all of others by default.", valueName: "name"))
  var split: String?

  @Option(help: ArgumentHelp("Images that are rendered of each emotion.", valueName: "n"))
  var perEmotion = 100

  @Option(
    help: ArgumentHelp(
      "The attributes: a confidence.json; the one in the model's emotion_space by default.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var attributes: String?

  @Option(help: ArgumentHelp("What CLIP text compares images with.", valueName: "words"))
  var emotionTemplate = "an image of {emotion}"

  @Option(help: ArgumentHelp("What the nearest attribute is found by.", valueName: "words"))
  var attributeTemplate = "{attribute}"

  @Option(help: "Print published figures beside the result.")
  var against: Reference?

  @OptionGroup(title: "Render settings") var settings: RenderOptions
  @OptionGroup(title: "Measuring options") var measuring: EvaluationOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard (2...1_000_000).contains(perEmotion) else {
      throw ValidationError("--per-emotion \(perEmotion): a number from 2 to 1,000,000 is needed.")
    }
    guard emotionTemplate.contains("{emotion}") else {
      throw ValidationError("--emotion-template: {emotion} must stand in it.")
    }
    guard attributeTemplate.contains("{attribute}") else {
      throw ValidationError("--attribute-template: {attribute} must stand in it.")
    }
  }

  /// What every result has, so that `--out` replaces no other JSON.
  private static let members = ["classifiers", "metrics", "columns"]

  func run() async throws {
    try measuring.out.map { try OutputFile.check($0, replacing: .json(Self.members)) }
    let emotions = try measuring.chosenEmotions()
    let models = try await models()
    let judges = try await judges(models)
    let table = try attributeTable(models, judges)
    let columns = try models.enumerated().flatMap { try rendered($0.element, number: $0.offset, emotions, table) }
    let folders = try (folder.map { ($0, false) } + (real.map { [($0, true)] } ?? [])).map { source, isReal in
      (source: source, isReal: isReal, images: try LabelledImages(source.value, split: split, emotions: emotions))
    }
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    let compute = try measuring.compute()
    let classifiers = try Classifiers(folder: judges) { name in
      try interrupt.check()
      progress.show("loading \(judges)/\(name)")
    }
    let evaluation = Evaluation(
      try Measurer(
        classifiers, attributes: table, emotionTemplate: emotionTemplate, attributeTemplate: attributeTemplate,
        on: compute), on: compute)
    for (number, model) in models.enumerated() {
      let own = columns.filter { $0.model == number }
      guard !own.isEmpty else { continue }
      progress.show("loading \(model.folder.path)")
      let pipeline = try EmoGenPipeline.load(model.folder, on: compute) { try interrupt.check() }
      for column in own {
        try render(column, with: pipeline, into: evaluation, interrupt, &progress)
      }
    }
    for (source, isReal, images) in folders {
      try measure(images, source, isReal: isReal, into: evaluation, interrupt, &progress)
    }
    try await measureBatches(evaluation, emotions, interrupt, &progress)
    var figures = SourceReport.Settings()
    (figures.resamples, figures.seed) = (measuring.resamples, measuring.seed)
    let report = try evaluation.report(figures) { label in
      try interrupt.check()
      progress.show("computing the figures of \(label)")
    }
    progress.clear()
    let comparesWithPaper = against == .paper
    try measuring.finish(
      report.json(comparesWithPaper: comparesWithPaper), members: Self.members,
      lines: EvaluationText.lines(report, comparesWithPaper: comparesWithPaper), asJSON: output.json)
  }

  // MARK: - Sources

  private struct Model {
    let label: String
    let folder: ModelFolder
  }

  private struct Column {
    let label: String
    let role: SourceReport.Role
    let origin: String
    let images: RenderedImages
    /// Which model renders it.
    let model: Int
  }

  /// What is rendered with: the named models, else the default one where anything has to be rendered.
  private func models() async throws -> [Model] {
    let renders = baseline || !text.isEmpty || !prompt.isEmpty || !mixture.isEmpty
    guard model.isEmpty else { return try model.map { Model(label: $0.label, folder: try ModelFolder($0.value)) } }
    guard renders || (folder.isEmpty && batch.isEmpty && real == nil) else { return [] }
    let folder = try await global.modelFolder(nil)
    return [Model(label: URL(filePath: folder.path).lastPathComponent, folder: folder)]
  }

  private func judges(_ models: [Model]) async throws -> String {
    if let given = measuring.classifiers { return given }
    if let model = models.first { return model.folder.path }
    return try await global.modelFolder(nil).path
  }

  private func attributeTable(_ models: [Model], _ judges: String) throws -> AttributeTable? {
    if let attributes { return try AttributeTable(confidence: attributes) }
    let places = (models.map(\.folder.path) + [judges]).map { "\($0)/emotion_space/confidence.json" }
    return try places.first { FileManager.default.fileExists(atPath: $0) }.map { try AttributeTable(confidence: $0) }
  }

  private func rendered(
    _ model: Model, number: Int, _ emotions: [Emotion], _ table: AttributeTable?
  ) throws -> [Column] {
    var contents: [(String, SourceReport.Role, String, RenderedImages.Content)] = []
    let path = model.folder.path
    if !withoutEmotions {
      contents.append((model.label, .emotion, "emotions of \(path)", .emotion(prompt: "")))
    }
    if number == 0 {
      let plain = (baseline ? [NamedSource(argument: "an image of {emotion}")].compactMap(\.self) : []) + text
      contents += plain.map {
        ($0.name ?? $0.value, .baseline, "the text \"\($0.value)\" with \(path)", .text($0.value))
      }
      contents += prompt.map {
        ($0.name ?? $0.value, .other, "emotions with the words \"\($0.value)\" of \(path)", .emotion(prompt: $0.value))
      }
      contents += try mixture.map {
        ($0, .other, "the mixture \($0) of \(path)", .spec(try EmotionSpec(parsing: $0)))
      }
    }
    let settings = settings.override.over(model.folder.defaults)
    let shortcuts = settings.shortcuts.words.map { ", \($0)" }.joined()
    return try contents.map { label, role, origin, content in
      let images = try RenderedImages(
        content, emotions: emotions, perEmotion: perEmotion, settings: settings,
        seed: measuring.seed, attributes: table)
      for emotion in images.emotions {
        for request in images.requests(emotion) { try model.folder.check(request.subject, request.settings) }
      }
      return Column(label: label, role: role, origin: origin + shortcuts, images: images, model: number)
    }
  }

  // MARK: - Measuring

  private func render(
    _ column: Column, with pipeline: EmoGenPipeline, into evaluation: Evaluation, _ interrupt: Interrupt,
    _ progress: inout ProgressLine
  ) throws {
    let start = ContinuousClock.now
    var done = 0
    func line() -> String {
      let seconds = start.duration(to: .now).inSeconds
      let bar = Console.errorPaint.bar(done, of: column.images.count, width: 24)
      let left = done > 0 ? seconds * Double(column.images.count - done) / Double(done) : 0
      return "\(bar) \(column.label): \(done)/\(column.images.count) images"
        + (left >= 0.5 ? "  about \(Measure.duration(left)) left" : "")
    }
    try column.images.render(with: pipeline) {
      try interrupt.check()
      progress.show(line())
    } onImage: { image, emotion in
      try evaluation.add(image, of: emotion)
      done += 1
    }
    try evaluation.finish(column.label, role: column.role, origin: column.origin)
    progress.clear()
    let seconds = start.duration(to: .now).inSeconds
    Console.say(
      "\(TerminalText.safe(column.label)): rendered \(Measure.count(done, "image")) in \(Measure.duration(seconds))")
  }

  private func measure(
    _ images: LabelledImages, _ source: NamedSource, isReal: Bool, into evaluation: Evaluation, _ interrupt: Interrupt,
    _ progress: inout ProgressLine
  ) throws {
    for (index, image) in images.images.enumerated() {
      try interrupt.check()
      progress.show("\(source.label): \(Measure.count(index)) of \(Measure.count(images.images.count, "image"))")
      try evaluation.add(try image.picture(), of: image.emotion)
    }
    let label = source.name ?? (isReal ? "real pictures" : source.label)
    try evaluation.finish(
      label, role: isReal ? .real : .emotion,
      origin: images.folder + (images.split.map { ", split \($0)" } ?? ""))
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
        try await measure(source, of: farm, evaluation, emotions, interrupt, &progress)
      }
      await database.close()
    } catch {
      await database.close()
      throw error
    }
  }

  private func measure(
    _ source: NamedSource, of farm: FarmSession, _ evaluation: Evaluation, _ emotions: [Emotion],
    _ interrupt: Interrupt, _ progress: inout ProgressLine
  ) async throws {
    let id = try await farm.batches.find(source.value)
    let status = try await farm.batches.status(id)
    try status.requireImages()
    guard status.imagesDone == status.images else {
      throw AdminError(
        "batch \(id) is \(status.state.rawValue) with \(Measure.count(status.imagesDone)) of "
          + "\(Measure.count(status.images, "image")): wait for it (emofarm wait \(id))")
    }
    var read = 0
    try await BatchPictures(images: farm.database.images, store: try farm.store()).forEach(of: id) { image, emotion in
      try interrupt.check()
      read += 1
      progress.show("batch \(id): \(Measure.count(read)) of \(Measure.count(status.images, "image"))")
      guard emotions.contains(emotion) else { return }
      try evaluation.add(image, of: emotion)
    }
    try evaluation.finish(source.name ?? "batch \(id)", role: .emotion, origin: "batch \(id)")
  }
}
