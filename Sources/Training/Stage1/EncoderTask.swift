import Checkpoints
package import Engine
import Files
import Foundation
import Models
package import Vocabulary

/// Trains the emotion encoder, or another classifier of the same architecture, with cross-entropy over its classes.
///
/// Classes are sampled uniformly, and an `Augmentation` varies the images.
package final class EncoderTask: TrainingTask {
  package let name: String
  package let parameters: ParameterSet
  private let network: ResNetClassifier
  private let pictures: PictureSet
  private let heldOut: PictureSet
  private let labels: [Int]
  private let heldOutLabels: [Int]
  private let byClass: [[Int]]
  package let batch: Int
  private let dropout: Float
  private let augmentation: Augmentation
  private let seed: UInt64
  private let configuration: String

  /// - Parameters:
  ///   - configuration: a `config.json` for `ResNetConfiguration`.
  ///   - label: returns the class of an image, or nil to leave the image out.
  ///   - initial: a file with initial weights; layers that it lacks or that have another shape start from random
  ///     weights.
  /// - Throws: `TrainingError` if a class has no image.
  package init(
    name: String = "encoder", configuration: String, pictures: PictureSet, heldOut: PictureSet,
    label: (Picture) -> Int?, batch: Int, dropout: Float = 0.5, augmentation: Augmentation = Augmentation(),
    seed: UInt64, initial: String? = nil
  ) throws {
    self.name = name
    self.configuration = configuration
    self.batch = batch
    self.dropout = dropout
    self.augmentation = augmentation
    self.seed = seed
    let size = try ResNetConfiguration(file: configuration).imageSize
    let used = pictures.pictures.filter { label($0) != nil }
    let tested = heldOut.pictures.filter { label($0) != nil }
    self.pictures = PictureSet(used, size: size)
    self.heldOut = PictureSet(tested, size: size)
    labels = used.compactMap(label)
    heldOutLabels = tested.compactMap(label)
    parameters = ParameterSet()
    network = try ResNetClassifier(
      .fresh(seed: seed, parameters: parameters), ResNetConfiguration(file: configuration))
    var groups = [[Int]](repeating: [], count: network.configuration.classes.count)
    for (index, label) in labels.enumerated() where groups.indices.contains(label) { groups[label].append(index) }
    if let empty = groups.firstIndex(where: \.isEmpty) {
      throw TrainingError("the training images have none of class '\(network.configuration.classes[empty])'")
    }
    byClass = groups
    if let initial { try Self.begin(parameters, from: initial) }
  }

  /// Writes the `config.json` of an encoder before its training.
  package static func writeConfiguration(
    width: Int, layers: [Int], embedding: Int, classes: [String], imageSize: Int, to file: String
  ) throws {
    try ConfigurationFile.write(
      object: [
        "architecture": "resnet-bottleneck", "width": width, "layers": layers, "embedding": embedding,
        "classes": classes, "image_size": imageSize, "mean": 0.5, "std": 0.5,
      ], to: file)
  }

  /// Loads the tensors that fit from a file with torchvision's names, with or without the prefix `cnn.`.
  private static func begin(_ parameters: ParameterSet, from file: String) throws {
    let weights = try Weights(file: file)
    var taken = 0
    for parameter in parameters.all {
      let plain = parameter.name.hasPrefix("cnn.") ? String(parameter.name.dropFirst(4)) : parameter.name
      guard let name = [parameter.name, plain].first(where: { weights.shape(of: $0) == parameter.shape }) else {
        continue
      }
      parameter.load(try weights.tensor(name, parameter.shape))
      taken += 1
    }
    guard taken > 0 else {
      throw CheckpointError(
        .unsupported, file: file,
        "none of its tensors fits the encoder: set the encoder's width and layers to those of this file")
    }
  }

  private var normalisation: (mean: [Float], deviation: [Float]) {
    let configuration = network.configuration
    return (
      Array(repeating: configuration.mean, count: 3), Array(repeating: configuration.deviation, count: 3)
    )
  }

  package func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure] {
    var random = StepRandom(seed: seed, step: step)
    let first = random.index(byClass.count)
    let indices = (0..<batch).map { position -> Int in
      let group = byClass[(first + position) % byClass.count]
      return group[random.index(group.count)]
    }
    let pixels = augmentation.tensor(
      pictures, indices, &random, mean: normalisation.mean, deviation: normalisation.deviation)
    var mask: Tensor?
    if dropout > 0 {
      let width = network.configuration.embedding
      let kept = 1 / (1 - dropout)
      mask = Tensor(
        [batch, width], (0..<batch * width).map { _ in random.fraction() < Double(dropout) ? 0 : kept })
    }
    let loss = accumulate(pixels, labels: indices.map { labels[$0] }, mask: mask, on: compute)
    return [TrainingFigure("loss", loss)]
  }

  /// Adds the gradients of one batch to those of the parameters and returns the loss.
  ///
  /// - Parameters:
  ///   - pixels: `[N, size, size, 3]`, normalised.
  ///   - mask: the dropout mask, `[N, embedding]`.
  package func accumulate(_ pixels: Tensor, labels: [Int], mask: Tensor?, on compute: Compute) -> Float {
    let tape = Tape(parameters: parameters)
    let recording = compute.recording(on: tape)
    let logits = network.classify(network.embed(pixels, on: recording), mask: mask, on: recording)
    let losses = recording.crossEntropy(logits, labels: labels)
    let loss = recording.weightedSum(losses, [Float](repeating: 1 / Float(labels.count), count: labels.count))
    tape.backward(loss, on: compute)
    return loss.values[0]
  }

  package func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation {
    guard heldOut.count > 0 else { return TrainingEvaluation() }
    let (confusion, loss) = evaluated(on: compute)
    let lowest = confusion.accuracies.compactMap { $0 }.min() ?? 0
    return TrainingEvaluation(
      figures: [
        TrainingFigure("held-out accuracy", confusion.accuracy), TrainingFigure("held-out loss", loss),
        TrainingFigure("lowest class accuracy", lowest),
      ], picture: confusion.picture, confusion: confusion)
  }

  /// The predictions for the held-out images without augmentation.
  package func confusion(on compute: Compute) -> ConfusionMatrix { evaluated(on: compute).confusion }

  private func evaluated(on compute: Compute) -> (confusion: ConfusionMatrix, loss: Double) {
    let classes = network.configuration.classes
    var confusion = ConfusionMatrix(classes: classes)
    var sum = 0.0
    for start in stride(from: 0, to: heldOut.count, by: 64) {
      let indices = Array(start..<min(start + 64, heldOut.count))
      let pixels = heldOut.tensor(indices, mean: normalisation.mean, deviation: normalisation.deviation)
      let logits = network.classify(network.embed(pixels, on: compute), on: compute)
      let labels = indices.map { heldOutLabels[$0] }
      sum += compute.crossEntropy(logits, labels: labels).values.reduce(0) { $0 + Double($1) }
      let values = logits.values
      for (row, label) in labels.enumerated() {
        let own = Array(values[row * classes.count..<(row + 1) * classes.count])
        confusion.add(label: label, found: own.indices.max { own[$0] < own[$1] } ?? 0)
      }
    }
    return (confusion, sum / Double(max(1, heldOut.count)))
  }

  package func export(to folder: String, on compute: Compute) throws {
    if configuration != "\(folder)/config.json" {
      try ConfigurationFile.write(configuration, to: "\(folder)/config.json")
    }
    try Safetensors.write(
      path: "\(folder)/model.safetensors", tensors: parameters.tensors(), metadata: ["format": "pt"], halves: true)
    guard heldOut.count > 0 else { return }
    let (confusion, loss) = evaluated(on: compute)
    let accuracies = zip(confusion.classes, confusion.accuracies).compactMap { name, value in value.map { (name, $0) } }
    try ConfigurationFile.write(
      object: [
        "classes": confusion.classes, "confusion": confusion.counts, "accuracy": confusion.accuracy, "loss": loss,
        "class_accuracy": Dictionary(uniqueKeysWithValues: accuracies),
      ], to: "\(folder)/held-out.json")
  }
}
