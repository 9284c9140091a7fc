import Checkpoints
package import Engine
import Foundation

/// Trains the classifier of generated images: one linear layer from CLIP's image features to the emotions.
package final class ClassifierTask: TrainingTask {
  package let name = "classifier"
  package let parameters: ParameterSet
  private let layer: PackedMatrix
  private let features: Tensor
  private let labels: [Int]
  private let heldOut: Tensor
  private let heldOutLabels: [Int]
  private let emotions: [String]
  package let batch: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - features: CLIP's image features before normalisation, `[images, P]`.
  ///   - labels: indices into `emotions`.
  package init(
    features: Tensor, labels: [Int], heldOut: Tensor, heldOutLabels: [Int], emotions: [String], batch: Int,
    seed: UInt64
  ) throws {
    self.features = features
    self.labels = labels
    self.heldOut = heldOut
    self.heldOutLabels = heldOutLabels
    self.emotions = emotions
    self.batch = batch
    self.seed = seed
    parameters = ParameterSet()
    layer = try Weights.fresh(seed: seed, parameters: parameters).matrix("fc", [emotions.count, features.channels])
  }

  package func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure] {
    var random = StepRandom(seed: seed, step: step)
    let indices = (0..<batch).map { _ in random.index(labels.count) }
    let tape = Tape(parameters: parameters)
    let recording = compute.recording(on: tape)
    let losses = recording.crossEntropy(
      recording.linear(compute.gatherRows(features, indices), layer), labels: indices.map { labels[$0] })
    let loss = recording.weightedSum(losses, [Float](repeating: 1 / Float(batch), count: batch))
    tape.backward(loss, on: compute)
    return [TrainingFigure("loss", loss.values[0])]
  }

  package func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation {
    let confusion = confusion(on: compute)
    return TrainingEvaluation(
      figures: [TrainingFigure("held-out accuracy", confusion.accuracy)], confusion: confusion)
  }

  /// The predictions for the held-out images.
  private func confusion(on compute: Compute) -> ConfusionMatrix {
    let logits = compute.linear(heldOut, layer).values
    let classes = emotions.count
    var confusion = ConfusionMatrix(classes: emotions)
    for (row, label) in heldOutLabels.enumerated() {
      let own = Array(logits[row * classes..<(row + 1) * classes])
      confusion.add(label: label, found: own.indices.max(by: { own[$0] < own[$1] }) ?? 0)
    }
    return confusion
  }

  /// The share of held-out images that are classified correctly.
  package func accuracy(on compute: Compute) -> Double { confusion(on: compute).accuracy }

  package func export(to folder: String, on compute: Compute) throws {
    try ConfigurationFile.write(
      object: [
        "features": "clip image_embeds before normalisation", "classes": emotions,
        "held_out_accuracy": accuracy(on: compute),
      ], to: "\(folder)/config.json")
    try Safetensors.write(path: "\(folder)/model.safetensors", tensors: parameters.tensors())
  }
}
