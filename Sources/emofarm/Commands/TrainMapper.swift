import ArgumentParser
import Engine
import Foundation
import Training

struct TrainMapper: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mapper",
    abstract: "Stage 2: train the mapper from emotion vectors to the text transformer's input.",
    discussion: """
      Only the mapper's weights change. The model's folder holds a base model in diffusers' layout, clip, \
      emotion_encoder and emotion_space.

      Examples:
        emofarm train mapper --model demo
        emofarm train mapper --model demo --preset official-code --out mapper-official
      """)

  @Option(help: ArgumentHelp("The model's folder.", valueName: "dir"), completion: .directory)
  var model: String

  @Option(
    help: ArgumentHelp("The folder for the mapper; the model's own by default.", valueName: "dir"),
    completion: .directory)
  var out: String?

  @Option(help: ArgumentHelp("paper or official-code: the loss to begin from.", valueName: "name"))
  var preset: MapperSettings.Preset = .paper

  @Option(help: ArgumentHelp("Which state the attribute loss looks at: first-end or emotion-token.", valueName: "name"))
  var pooling: MapperSettings.Pooling?

  @Option(help: ArgumentHelp("What the attribute loss is multiplied by.", valueName: "x"))
  var attributeWeight: Float?

  @Option(help: ArgumentHelp("What cosines are divided by.", valueName: "x"))
  var attributeTemperature: Float?

  @Option(help: ArgumentHelp("Noise on emotion vectors, in deviations of their Gaussian.", valueName: "x"))
  var vectorNoise: Float?

  @Flag(help: "Count both losses fully instead of weighing them by confidence.")
  var withoutConfidence = false

  @Option(help: ArgumentHelp("Attributes that the loss knows, with commas; all by default.", valueName: "names"))
  var attributes: String?

  @Option(help: ArgumentHelp("Width of the mapper's hidden layer.", valueName: "n"))
  var hidden = 256

  @OptionGroup(title: "Data options") var data: TrainingData
  @OptionGroup(title: "Training options") var training: TrainingFlags

  func validate() throws {
    for (name, value) in [("attribute-weight", attributeWeight), ("vector-noise", vectorNoise)] {
      guard value.map({ $0 >= 0 && $0.isFinite }) ?? true else { throw ValidationError("--\(name) is 0 or more.") }
    }
    guard attributeTemperature.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw ValidationError("--attribute-temperature is above 0.")
    }
    guard (1...65536).contains(hidden) else { throw ValidationError("--hidden is a number from 1 to 65536.") }
  }

  func run() async throws {
    let compute = try Compute(threads: training.threadCount)
    var settings = preset.settings
    settings.pooling = pooling ?? settings.pooling
    settings.attributeWeight = attributeWeight ?? settings.attributeWeight
    settings.attributeTemperature = attributeTemperature ?? settings.attributeTemperature
    settings.vectorNoise = vectorNoise ?? settings.vectorNoise
    if withoutConfidence { settings.usesConfidence = false }
    let folder = out ?? "\(model)/mapper"
    let stage = MapperStage(
      model: model, settings: settings, hidden: [hidden],
      attributes: attributes?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
    let task = try stage.task(
      data.train(seed: training.seed), to: folder, batch: training.batch ?? 16, seed: training.seed, on: compute)
    let options = training.options(steps: 900, rate: 1e-3, warmUp: 0, shape: .constant)
    let run = try TrainingRun(
      folder: "\(folder)/run", task: task, options: options,
      identity: "\(data.identity) \(model) \(settings) \(hidden) \(attributes ?? "")", compute: compute)
    try training.follow(run, exportTo: folder)
  }
}

extension MapperSettings.Preset: ExpressibleByArgument {}
extension MapperSettings.Pooling: ExpressibleByArgument {}
