import ArgumentParser
import Engine
import Training
import Vocabulary

struct TrainEncoder: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder",
    abstract: "Stage 1: train the emotion encoder, or an attribute classifier of the same architecture.",
    discussion: """
      A bottleneck ResNet (ResNet-50 with --width 64 --layers 3,4,6,3), one layer for the emotion vector and one for \
      the classes. Training continues an existing run folder. With --from, layers that the file lacks are initialised \
      randomly; torchvision's names are accepted with and without 'cnn.'.

      Examples:
        emofarm train encoder --out demo/emotion_encoder
        emofarm train encoder --classes attributes --out demo/attribute_classifier
        emofarm train encoder --data EmoSet --crop 0.5 --jitter 0.2 --width 64 --layers 3,4,6,3 --embedding 768 --image-size 224 \
      --from resnet50.safetensors --out emotion_encoder
      """)

  private static let defaults = EncoderPlan()

  @Option(help: ArgumentHelp("The folder for the encoder.", valueName: "dir"), completion: .directory)
  var out: String

  @Option(help: "The classes: emotions or attributes.")
  var classes: EncoderPlan.Classes = .emotions

  @Option(help: ArgumentHelp("Channels of the stem.", valueName: "n"))
  var width = defaults.width

  @Option(help: ArgumentHelp("Blocks of each stage.", valueName: "n,n,n,n"))
  var layers = "1,1,1,1"

  @Option(help: ArgumentHelp("Length of an emotion vector.", valueName: "n"))
  var embedding = defaults.embedding

  @Option(help: ArgumentHelp("Side of the network's input in pixels.", valueName: "n"))
  var imageSize = defaults.imageSize

  @Option(help: ArgumentHelp("Initial weights, in safetensors.", valueName: "file"))
  var from: String?

  @Option(help: ArgumentHelp("Probability that a value of the emotion vector is dropped.", valueName: "p"))
  var dropout = defaults.dropout

  @Option(help: ArgumentHelp("Probability that a picture is mirrored.", valueName: "p"))
  var flip = defaults.augmentation.flip

  @Option(help: ArgumentHelp("How far a picture is shifted at most, as a share of its side.", valueName: "x"))
  var shift = defaults.augmentation.shift

  @Option(help: ArgumentHelp("Minimum share of the area that a random crop keeps.", valueName: "x"))
  var crop = defaults.augmentation.crop

  @Option(
    help: ArgumentHelp(
      "How much brightness, contrast and saturation change at most (each colour: half as much); 0.2 is 20 %.",
      valueName: "x"))
  var jitter = defaults.augmentation.jitter

  @Option(help: ArgumentHelp("Maximum share of a picture's detail that blurring removes.", valueName: "x"))
  var blur = defaults.augmentation.blur

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The run's folder, which is continued if it exists; OUT/run by default.", valueName: "dir"),
    completion: .directory)
  var runFolder: String?

  @OptionGroup(title: "Data options") var data: TrainingData
  @OptionGroup(title: "Training options") var training: TrainingFlags

  func validate() throws {
    do {
      try encoder.check()
    } catch {
      throw error.ofFlag
    }
  }

  func run() async throws {
    let compute = try Compute(threads: training.threadCount)
    let plan = TrainingPlan(
      stage: .encoder(encoder), data: data.pictures, settings: training.settings(over: EncoderPlan.settings), out: out,
      run: runFolder)
    let task = try training.follow(plan, on: compute)
    guard let confusion = (task as? EncoderTask)?.confusion(on: compute), confusion.total > 0 else { return }
    try Console.print(ConfusionText.lines(confusion))
  }

  private var encoder: EncoderPlan {
    var plan = EncoderPlan()
    plan.classes = classes
    plan.width = width
    // Text that is not a number becomes 0, which is out of range.
    plan.layers = layers.split(separator: ",").map { Int($0) ?? 0 }
    plan.embedding = embedding
    plan.imageSize = imageSize
    plan.from = from
    plan.dropout = dropout
    plan.augmentation = Augmentation(flip: flip, shift: shift, crop: crop, jitter: jitter, blur: blur)
    return plan
  }
}

extension EncoderPlan.Classes: ExpressibleByArgument {}
