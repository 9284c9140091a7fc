import ArgumentParser
import Engine
import Foundation
import Vocabulary

struct TrainMapper: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mapper",
    abstract: "Stage 2: train the mapper from emotion vectors to the text transformer's input.",
    discussion: """
      Only the mapper's weights change. The model's folder holds a base model in diffusers' layout, clip, \
      emotion_encoder and emotion_space. LoRAs, embeddings and a VAE are added to the base model before the training, \
      and training.json beside the mapper records them: render with them too. An embedding stands for its token in the \
      names of attributes.

      Examples:
        emofarm train mapper --model demo
        emofarm train mapper --model demo --preset official-code --out mapper-official
        emofarm train mapper --model demo --lora style.safetensors:0.8 --out mapper-style
      """)

  @Option(help: ArgumentHelp("The model's folder.", valueName: "dir"), completion: .directory)
  var model: String

  @OptionGroup var weights: WeightOptions

  @Option(
    help: ArgumentHelp("The folder for the mapper; the model's own by default.", valueName: "dir"),
    completion: .directory)
  var out: String?

  @Option(help: ArgumentHelp("paper or official-code: the loss that the other flags modify.", valueName: "name"))
  var preset: MapperSettings.Preset = .paper

  @Option(
    help: ArgumentHelp("The text state that the attribute loss uses: first-end or emotion-token.", valueName: "name"))
  var pooling: MapperSettings.Pooling?

  @Option(help: ArgumentHelp("Weight of the attribute loss.", valueName: "x"))
  var attributeWeight: Float?

  @Option(help: ArgumentHelp("Temperature of the attribute loss: the divisor of cosines.", valueName: "x"))
  var attributeTemperature: Float?

  @Option(help: ArgumentHelp("Noise on emotion vectors, in standard deviations of their Gaussian.", valueName: "x"))
  var vectorNoise: Float?

  @Flag(help: "Do not weight the two losses by confidence.")
  var withoutConfidence = false

  @Option(help: ArgumentHelp("Attributes that the loss uses, comma-separated; all by default.", valueName: "names"))
  var attributes: String?

  @Option(help: ArgumentHelp("Width of the mapper's hidden layer.", valueName: "n"))
  var hidden = 256

  @OptionGroup(title: "Files beside the model") var added: AddedFileOptions
  @OptionGroup(title: "Data options") var data: TrainingData
  @OptionGroup(title: "Training options") var training: TrainingFlags

  func validate() throws {
    do {
      try mapper.check()
    } catch {
      throw error.ofFlag
    }
  }

  func run() async throws {
    let plan = TrainingPlan(
      stage: .mapper(mapper), data: data.pictures, settings: training.settings(over: MapperPlan.settings),
      out: out ?? "\(model)/mapper")
    try training.follow(plan, on: Compute(threads: training.threadCount))
  }

  private var mapper: MapperPlan {
    var plan = MapperPlan(model: model, loss: preset.settings)
    plan.loss.pooling = pooling ?? plan.loss.pooling
    plan.loss.attributeWeight = attributeWeight ?? plan.loss.attributeWeight
    plan.loss.attributeTemperature = attributeTemperature ?? plan.loss.attributeTemperature
    plan.loss.vectorNoise = vectorNoise ?? plan.loss.vectorNoise
    if withoutConfidence { plan.loss.usesConfidence = false }
    plan.variant = weights.variant
    plan.hidden = hidden
    plan.additions = added.additions
    plan.attributes = attributes?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    return plan
  }
}

extension MapperSettings.Preset: ExpressibleByArgument {}
extension MapperSettings.Pooling: ExpressibleByArgument {}
