import Checkpoints
package import Engine
import Files
import Foundation
package import Models
package import Vocabulary

/// Trains CLIP's two towers to give an image and its caption similar features.
///
/// Loss: cross-entropy over the batch, from images to captions and from captions to images. Source: Radford et al.,
/// "Learning Transferable Visual Models From Natural Language Supervision", 2021. The images of a batch have different
/// attributes as far as possible, so that few captions of other images fit an image as well.
package final class ContrastiveTask: TrainingTask {
  package let name = "contrastive"
  package let parameters: ParameterSet
  private let clip: CLIPModel
  private let tokenizer: CLIPTokenizer
  private let pictures: PictureSet
  private let heldOut: PictureSet
  private let emotions: [String]
  package let batch: Int
  private let seed: UInt64
  private let configuration: String
  private let byAttribute: [[Int]]
  private let attributes: [String]

  /// CLIP's limit of the logarithm of the inverse temperature: ln 100.
  private static let largestScale: Float = 4.6052

  /// The augmentation of training images. Towers trained on clean images only misread generated ones, which are softer
  /// and have other colours.
  package static let augmentation = Augmentation(crop: 0.6, jitter: 0.4, blur: 0.7)

  /// - Parameter configuration: the `config.json` of transformers' `CLIPModel`.
  package init(
    configuration: String, tokenizer: CLIPTokenizer, pictures: PictureSet, heldOut: PictureSet, emotions: [String],
    batch: Int, seed: UInt64
  ) throws {
    self.configuration = configuration
    self.tokenizer = tokenizer
    self.pictures = pictures
    self.heldOut = heldOut
    self.emotions = emotions
    self.batch = batch
    self.seed = seed
    parameters = ParameterSet()
    clip = try CLIPModel(.fresh(seed: seed, parameters: parameters), configuration: configuration)
    var groups: [String: [Int]] = [:]
    for (index, picture) in pictures.pictures.enumerated() {
      if let name = picture.attributes.first { groups[name, default: []].append(index) }
    }
    attributes = groups.keys.sorted()
    byAttribute = attributes.compactMap { groups[$0] }
    guard !byAttribute.isEmpty else {
      throw TrainingError("no image has a scene or an object: captions need their names")
    }
  }

  private func ids(_ text: String) throws -> [Int] {
    try tokenizer.row(text, length: clip.text.configuration.positions).ids
  }

  package func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure] {
    var random = StepRandom(seed: seed, step: step)
    let order = byAttribute.indices.shuffled(using: &random)
    let indices = (0..<batch).map { position in
      let group = byAttribute[order[position % order.count]]
      return group[random.index(group.count)]
    }
    let texts = indices.map {
      Captions.draw(pictures.pictures[$0], emotions: emotions, namesEmotions: true, &random)
    }
    let middle: [Float] = [0.5, 0.5, 0.5]
    let pixels = Self.augmentation.tensor(pictures, indices, &random, mean: middle, deviation: middle)
    let tape = Tape(parameters: parameters)
    let recording = compute.recording(on: tape)
    let images = recording.normaliseRows(clip.imageFeatures(pixels, on: recording))
    let words = recording.normaliseRows(try clip.textFeatures(texts.map(ids), on: recording))
    let losses = [(images, words), (words, images)].map { from, to in
      recording.crossEntropy(
        recording.scaleByExponential(recording.matrixProduct(from, to), clip.logitScale), labels: Array(0..<batch))
    }
    let share = [Float](repeating: 0.5 / Float(batch), count: batch)
    let loss = recording.add(recording.weightedSum(losses[0], share), recording.weightedSum(losses[1], share))
    tape.backward(loss, on: compute)
    // Clamp the scale after the update.
    clip.logitScale.overwrite(with: clip.logitScale.map { min($0, Self.largestScale) })
    return [TrainingFigure("loss", loss.values[0]), TrainingFigure("scale", clip.logitScale.values[0])]
  }

  /// The share of held-out images whose nearest attribute name is one of their own.
  package func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation {
    let names = try clip.textFeatures(attributes.map { try ids(Captions.words($0)) }, on: compute)
    let words = compute.normaliseRows(names)
    var right = 0
    var count = 0
    for start in stride(from: 0, to: min(512, heldOut.count), by: 64) {
      let indices = Array(start..<min(start + 64, heldOut.count, 512))
      let features = compute.normaliseRows(clip.imageFeatures(heldOut.tensor(indices), on: compute))
      let similarities = compute.matrixProduct(features, words).values
      for (row, index) in indices.enumerated() {
        let own = similarities[row * attributes.count..<(row + 1) * attributes.count]
        guard let best = own.indices.max(by: { own[$0] < own[$1] }) else { continue }
        count += 1
        if heldOut.pictures[index].attributes.contains(attributes[best - row * attributes.count]) { right += 1 }
      }
    }
    return TrainingEvaluation(
      figures: [TrainingFigure("held-out attribute accuracy", Double(right) / Double(max(1, count)))])
  }

  package func export(to folder: String, on compute: Compute) throws {
    try ConfigurationFile.write(configuration, to: "\(folder)/config.json")
    try Safetensors.write(
      path: "\(folder)/model.safetensors", tensors: parameters.tensors(), metadata: ["format": "pt"], halves: true)
  }

  /// Writes only the text tower, as Stable Diffusion's `text_encoder`.
  package static func exportTextEncoder(from clip: String, to folder: String) throws {
    guard let data = FileManager.default.contents(atPath: "\(clip)/config.json"),
      let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
      var text = object["text_config"] as? [String: Any]
    else { throw CheckpointError(.malformed, file: "\(clip)/config.json", "key 'text_config': an object is required") }
    text["architectures"] = ["CLIPTextModel"]
    text["projection_dim"] = object["projection_dim"]
    try ConfigurationFile.write(object: text, to: "\(folder)/config.json")
    let weights = try Weights.open(folder: clip)
    let tensors = try weights.names.filter { $0.hasPrefix("text_model.") }.map { name in
      (name, try weights.tensor(name, weights.shape(of: name) ?? []))
    }
    try Safetensors.write(
      path: "\(folder)/model.safetensors", tensors: tensors, metadata: ["format": "pt"], halves: true)
  }
}
