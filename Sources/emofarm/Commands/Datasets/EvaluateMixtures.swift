import Admin
import ArgumentParser
import Checkpoints
import EmoGen
import Files
import Loaders
import Scoring
import Vocabulary

struct EvaluateMixtures: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mixtures",
    abstract: "Measure whether mixtures of two emotions show both and follow their weights.",
    discussion: """
      Renders every pair with the weights 0.5 / 0.5 and determines which emotions the classifier finds most probable \
      on average; then renders the pair with the other weights of the sweep. All use the same seeds.

      Examples:
        emofarm evaluate mixtures --model demo
        emofarm evaluate mixtures --pair awe+fear --pair anger+sadness --images 200
        emofarm evaluate mixtures --emotions awe,fear,sadness --sweep 0,0.25,0.5,0.75,1
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: ArgumentHelp("A pair, such as awe+fear; may be repeated. All pairs by default.", valueName: "pair"))
  var pair: [String] = []

  @Option(help: ArgumentHelp("Images per pair at 0.5 / 0.5.", valueName: "n"))
  var images = 200

  @Option(help: ArgumentHelp("Weights of the first emotion, comma-separated; none for no sweep.", valueName: "weights"))
  var sweep = "0,0.25,0.5,0.75,1"

  @Option(help: ArgumentHelp("Images at each of the other weights.", valueName: "n"))
  var sweepImages = 50

  @OptionGroup(title: "Render settings") var settings: RenderOptions
  @OptionGroup(title: "Measuring options") var measuring: EvaluationOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    for (name, value) in [("--images", images), ("--sweep-images", sweepImages)]
    where !(1...1_000_000).contains(value) {
      throw ValidationError("\(name) \(value): must be from 1 to 1,000,000.")
    }
    _ = try weights()
    _ = try pairs()
  }

  private func pairs() throws -> [MixturePair] {
    let pairs =
      try pair.isEmpty
      ? MixturePair.all(of: measuring.chosenEmotions())
      : pair.map { text in
        do {
          return try MixturePair(parsing: text)
        } catch let error as MetricsError {
          throw ValidationError(error.description)
        }
      }
    guard !pairs.isEmpty else {
      throw ValidationError("one emotion is not a pair: give two or more with --emotions")
    }
    return pairs
  }

  private func weights() throws -> [Double] {
    guard sweep.lowercased() != "none" else { return [] }
    let weights = try sweep.split(separator: ",").map { part in
      guard let weight = Double(part.filter { !$0.isWhitespace }), (0...1).contains(weight) else {
        throw ValidationError("--sweep \(sweep): must be comma-separated numbers from 0 to 1, or none.")
      }
      return weight
    }
    guard weights.count > 1, Set(weights).count == weights.count else {
      throw ValidationError("--sweep \(sweep): must contain at least two different weights, or be none.")
    }
    return weights.sorted()
  }

  /// Keys that every result has, so that `--out` overwrites no other JSON.
  private static let members = ["pairs"]

  func run() async throws {
    try measuring.out.map { try OutputFile.check($0, replacing: .json(Self.members)) }
    let pairs = try pairs()
    let weights = try weights()
    let folder = try await global.modelFolder(model)
    let render = try folder.settings(settings.override).mapFiles { try $0.identified() }
    try folder.check(.emotion(EmotionSpec(pairs[0].first), prompt: ""), render)
    let interrupt = Interrupt()
    var progress = ProgressLine(plainEvery: .seconds(5))
    defer { progress.clear() }
    let compute = try measuring.compute()
    let path = measuring.classifiers ?? folder.path
    let classifiers = try Classifiers(folder: path) { name in
      try interrupt.check()
      progress.show("loading \(path)/\(name)")
    }
    progress.show("loading \(folder.path)")
    let pipeline = try EmoGenPipeline.load(folder, additions: render.additions, on: compute) { try interrupt.check() }
    progress.clear()
    let request = RenderRequest(subject: .emotion(EmotionSpec(pairs[0].first), prompt: ""), settings: render, seeds: [])
    folder.base.sayNotes()
    Console.warn(try pipeline.warnings(for: request))
    let study = MixtureStudy(pipeline, classifiers, settings: render, seed: measuring.seed, on: compute)
    let start = ContinuousClock.now
    var reports: [MixtureReport] = []
    for (index, pair) in pairs.enumerated() {
      reports.append(
        try study.measure(
          pair, images: images, sweep: weights, sweepImages: sweepImages, resamples: measuring.resamples
        ) { spec in
          try interrupt.check()
          let passed = Measure.duration(start.duration(to: .now).inSeconds)
          progress.show("pair \(index + 1) of \(pairs.count), \(spec), \(passed)")
        })
      progress.clear()
      Console.say("\(pair.description): done after \(Measure.duration(start.duration(to: .now).inSeconds))")
    }
    try measuring.finish(
      ["pairs": .array(reports.map(\.json))], members: Self.members, lines: MixtureText.lines(reports),
      asJSON: output.json)
  }
}
