import Checkpoints
package import Engine
import Foundation
import Models

/// Trains the emotion encoder, or another classifier of its form: cross-entropy over its classes.
///
/// Every class comes equally often; pictures are mirrored and moved by a few pixels.
package final class EncoderTask: TrainingTask {
  package let name: String
  package let parameters: ParameterSet
  private let network: ResNetClassifier
  private let pictures: PictureSet
  private let heldOut: PictureSet
  private let labels: [Int]
  private let heldOutLabels: [Int]
  private let byClass: [[Int]]
  private let batch: Int
  private let dropout: Float
  private let seed: UInt64
  private let configuration: String

  /// - Parameters:
  ///   - configuration: a `config.json` as `ResNetConfiguration` reads it.
  ///   - label: the class of a picture; nil leaves it out.
  ///   - initial: a file with weights to begin from; layers that it lacks or that have another shape begin anew.
  /// - Throws: `TrainingError` where a class has no picture.
  package init(
    name: String = "encoder", configuration: String, pictures: PictureSet, heldOut: PictureSet,
    label: (Picture) -> Int?, batch: Int, dropout: Float = 0.5, seed: UInt64, initial: String? = nil
  ) throws {
    self.name = name
    self.configuration = configuration
    self.batch = batch
    self.dropout = dropout
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
      throw TrainingError("no picture to train on is of the class '\(network.configuration.classes[empty])'")
    }
    byClass = groups
    if let initial { try Self.begin(parameters, from: initial) }
  }

  /// Writes the `config.json` of an encoder that is to be trained.
  package static func writeConfiguration(
    width: Int, layers: [Int], embedding: Int, classes: [String], imageSize: Int, to file: String
  ) throws {
    try ConfigurationFile.write(
      object: [
        "architecture": "resnet-bottleneck", "width": width, "layers": layers, "embedding": embedding,
        "classes": classes, "image_size": imageSize, "mean": 0.5, "std": 0.5,
      ], to: file)
  }

  /// Takes what fits from a file with torchvision's names, with or without `cnn.` before them.
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
        "none of its tensors fits the encoder: width and layers of config.json must be its own")
    }
  }

  private func pixels(_ set: PictureSet, _ indices: [Int], _ random: inout StepRandom) -> Tensor {
    let reach = max(1, set.size / 16)
    return set.tensor(
      indices, flips: indices.map { _ in random.next() & 1 == 1 },
      shifts: indices.map { _ in (random.index(2 * reach + 1) - reach, random.index(2 * reach + 1) - reach) },
      mean: normalisation.mean, deviation: normalisation.deviation)
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
    let tape = Tape(parameters: parameters)
    let recording = compute.recording(on: tape)
    let embeddings = network.embed(pixels(pictures, indices, &random), on: recording)
    var mask: Tensor?
    if dropout > 0 {
      let kept = 1 / (1 - dropout)
      mask = Tensor(
        embeddings.shape, (0..<embeddings.count).map { _ in random.fraction() < Double(dropout) ? 0 : kept })
    }
    let losses = recording.crossEntropy(
      network.classify(embeddings, mask: mask, on: recording), labels: indices.map { labels[$0] })
    let loss = recording.weightedSum(losses, [Float](repeating: 1 / Float(batch), count: batch))
    tape.backward(loss, on: compute)
    return [TrainingFigure("loss", loss.values[0])]
  }

  package func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation {
    let confusion = confusion(on: compute)
    let all = confusion.joined().reduce(0, +)
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    return TrainingEvaluation(
      figures: [TrainingFigure("held-out accuracy", Double(right) / Double(max(1, all)))])
  }

  /// How often each class (row) was taken for each class (column) among the held-out pictures.
  package func confusion(on compute: Compute) -> [[Int]] {
    let classes = network.configuration.classes.count
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for start in stride(from: 0, to: heldOut.count, by: 64) {
      let indices = Array(start..<min(start + 64, heldOut.count))
      let pixels = heldOut.tensor(indices, mean: normalisation.mean, deviation: normalisation.deviation)
      let logits = network.classify(network.embed(pixels, on: compute), on: compute).values
      for (row, index) in indices.enumerated() {
        let own = Array(logits[row * classes..<(row + 1) * classes])
        let best = own.indices.max { own[$0] < own[$1] } ?? 0
        counts[heldOutLabels[index]][best] += 1
      }
    }
    return counts
  }

  package func export(to folder: String, on compute: Compute) throws {
    if configuration != "\(folder)/config.json" {
      try ConfigurationFile.write(configuration, to: "\(folder)/config.json")
    }
    try Safetensors.write(
      path: "\(folder)/model.safetensors", tensors: parameters.tensors(), metadata: ["format": "pt"], halves: true)
    let confusion = confusion(on: compute)
    if !heldOut.pictures.isEmpty {
      try ConfigurationFile.write(
        object: ["classes": network.configuration.classes, "confusion": confusion],
        to: "\(folder)/held-out.json")
    }
  }
}
