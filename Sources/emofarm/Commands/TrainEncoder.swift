import Admin
import ArgumentParser
import Engine
import Foundation
import Training

struct TrainEncoder: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder",
    abstract: "Stage 1: train the emotion encoder, or a classifier of attributes in its form.",
    discussion: """
      A bottleneck ResNet, ResNet-50 at --width 64 --layers 3,4,6,3, with a layer to the emotion vector and one to the \
      classes. A run folder that is there is continued. With --from, layers that the file lacks begin anew; \
      torchvision's names are understood with and without 'cnn.'.

      Examples:
        emofarm train encoder --out demo/emotion_encoder
        emofarm train encoder --classes attributes --out demo/attribute_classifier
        emofarm train encoder --data EmoSet --crop 0.5 --jitter 0.2 --width 64 --layers 3,4,6,3 --embedding 768 --image-size 224 \
      --from resnet50.safetensors --out emotion_encoder
      """)

  enum Classes: String, CaseIterable, ExpressibleByArgument { case emotions, attributes }

  @Option(help: ArgumentHelp("The folder for the encoder.", valueName: "dir"), completion: .directory)
  var out: String

  @Option(help: "What is told apart: emotions or attributes.")
  var classes: Classes = .emotions

  @Option(help: ArgumentHelp("Channels of the stem.", valueName: "n"))
  var width = 16

  @Option(help: ArgumentHelp("Blocks of each stage.", valueName: "n,n,n,n"))
  var layers = "1,1,1,1"

  @Option(help: ArgumentHelp("Length of an emotion vector.", valueName: "n"))
  var embedding = 128

  @Option(help: ArgumentHelp("Pixels of a side of what the network sees.", valueName: "n"))
  var imageSize = 64

  @Option(help: ArgumentHelp("Weights to begin from, in safetensors.", valueName: "file"))
  var from: String?

  @Option(help: ArgumentHelp("Probability that a value of the emotion vector is dropped.", valueName: "p"))
  var dropout: Float = 0.5

  @Option(help: ArgumentHelp("Probability that a picture is mirrored.", valueName: "p"))
  var flip = 0.5

  @Option(help: ArgumentHelp("How far a picture moves, as a share of its side.", valueName: "x"))
  var shift = 0.0625

  @Option(help: ArgumentHelp("The smallest share of the area that a random crop keeps.", valueName: "x"))
  var crop = 1.0

  @Option(help: ArgumentHelp("How far brightness, contrast and saturation change; 0.2 is 20 %.", valueName: "x"))
  var jitter = 0.0

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The run's folder, which is continued if it is there; OUT/run by default.", valueName: "dir"),
    completion: .directory)
  var runFolder: String?

  @OptionGroup(title: "Data options") var data: TrainingData
  @OptionGroup(title: "Training options") var training: TrainingFlags

  func validate() throws {
    let counts = layers.split(separator: ",").map { Int($0) ?? 0 }
    guard (1...6).contains(counts.count), counts.allSatisfy({ (1...99).contains($0) }) else {
      throw ValidationError("--layers is a list such as 3,4,6,3.")
    }
    for (name, value) in [("width", width), ("embedding", embedding), ("image-size", imageSize)] {
      guard (1...4096).contains(value) else { throw ValidationError("--\(name) is a number from 1 to 4096.") }
    }
    guard dropout >= 0, dropout < 1 else { throw ValidationError("--dropout is at least 0 and below 1.") }
    guard crop > 0, crop <= 1 else { throw ValidationError("--crop is above 0 and at most 1.") }
    for (name, value) in [("flip", flip), ("shift", shift), ("jitter", jitter)] where !(0...1).contains(value) {
      throw ValidationError("--\(name) is a number from 0 to 1.")
    }
  }

  func run() async throws {
    let pictures = try data.train(seed: training.seed)
    let heldOut = try data.heldOut(seed: training.seed, validating: true)
    let names =
      classes == .emotions
      ? TrainingData.emotions : Set(pictures.pictures.compactMap(\.attributes.first)).sorted()
    let configuration = "\(out)/config.json"
    try EncoderTask.writeConfiguration(
      width: width, layers: layers.split(separator: ",").compactMap { Int($0) }, embedding: embedding, classes: names,
      imageSize: imageSize, to: configuration)
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
    let augmentation = Augmentation(flip: flip, shift: shift, crop: crop, jitter: jitter)
    let task = try EncoderTask(
      name: classes == .emotions ? "encoder" : "attributes", configuration: configuration, pictures: pictures,
      heldOut: heldOut,
      label: { [classes] in classes == .emotions ? $0.emotion : $0.attributes.first.flatMap { places[$0] } },
      batch: training.batch ?? 64, dropout: dropout, augmentation: augmentation, seed: training.seed, initial: from)
    var options = training.options(steps: 700, rate: 2e-3, warmUp: 50, shape: .cosine)
    options.clip = 5
    let compute = try Compute(threads: training.threadCount)
    let run = try TrainingRun(
      folder: runFolder ?? "\(out)/run", task: task, options: options,
      identity: "\(data.identity)\(from ?? "")\(settings(augmentation))", compute: compute)
    try training.follow(run, exportTo: out)
    if heldOut.count > 0 { try Console.print(ConfusionText.lines(task.confusion(on: compute))) }
  }

  /// What the weights depend on beside the run's options, in words.
  private func settings(_ augmentation: Augmentation) -> String {
    " \(classes.rawValue) width \(width) layers \(layers) embedding \(embedding) size \(imageSize)"
      + " batch \(training.batch ?? 64) dropout \(dropout) flip \(augmentation.flip) shift \(augmentation.shift)"
      + " crop \(augmentation.crop) jitter \(augmentation.jitter)"
  }
}
