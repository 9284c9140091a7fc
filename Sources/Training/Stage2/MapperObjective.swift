package import Diffusion
package import EmoGen
package import Engine
import Files
package import Models
package import Vocabulary

/// The loss of stage 2: how well the frozen denoiser, conditioned on the mapper's token, predicts the image's noise,
/// and how close the token's text feature is to that of the image's attribute.
///
/// The loss is the mean of (1 − α)·L_LDM + α·L_attr over the samples. Source: Yang et al., "EmoGen: Emotional Image
/// Content Generation with Text-to-Image Diffusion Models", CVPR 2024, equations 3 to 6.
package struct MapperObjective: Sendable {
  /// Both losses of each sample, and the mean of their weighted sum.
  package struct Losses: Sendable {
    package let total: Float
    /// `[N]` each; L_attr is 0 if the attribute is not in the list.
    package let denoising: [Float]
    package let attribute: [Float]
  }

  package let mapper: Mapper
  package let settings: MapperSettings
  private let text: CLIPTextEncoder
  private let clip: CLIPModel
  let unet: UNet
  private let process: ForwardProcess
  /// The context of an emotion token alone, as rendering builds it, and its input embeddings `[L, width]`.
  private let row: TokenRow
  private let frame: Tensor
  /// Normalised text features of the attributes' names: `[attributes, projection]`.
  private let attributes: Tensor

  /// - Parameters:
  ///   - text: the base model's text encoder; `clip`: its projection turns that encoder's states into features.
  ///   - attributes: the token ids of each attribute's name, padded to the length of the context.
  ///   - frame: the context of one emotion token without words.
  /// - Throws: `ModelInputError` if an id lies outside the vocabulary or the end token differs from the encoder's,
  ///   `TrainingError` if there are no attributes.
  package init(
    mapper: Mapper, text: CLIPTextEncoder, clip: CLIPModel, unet: UNet, process: ForwardProcess, attributes: [[Int]],
    frame row: TokenRow, settings: MapperSettings, on compute: Compute
  ) throws {
    self.mapper = mapper
    self.text = text
    self.clip = clip
    self.unet = unet
    self.process = process
    self.settings = settings
    self.row = row
    frame = try text.embed(row.ids, on: compute.plain)
    guard !attributes.isEmpty else {
      throw TrainingError(
        "the table of confidences has no attribute: import one, or train one with `emofarm train space`")
    }
    // In small batches: the hidden states of hundreds of names in a large tower would need too much memory.
    let features = try stride(from: 0, to: attributes.count, by: Self.namesAtOnce).map { start in
      try clip.textFeatures(
        Array(attributes[start..<min(start + Self.namesAtOnce, attributes.count)]), on: compute.plain)
    }
    self.attributes = compute.plain.normaliseRows(Tensor.concatenated(features))
  }

  private static let namesAtOnce = 16

  /// Adds the gradient of `share` times the batch's mean loss to the mapper's parameters.
  ///
  /// - Parameter tape: a new tape with the mapper's parameters.
  package func accumulate(_ batch: MapperBatch, share: Float = 1, tape: Tape, on compute: Compute) -> Losses {
    let recording = compute.recording(on: tape)
    let count = batch.timesteps.count
    let context = context(batch.vectors, on: recording)
    let noisy = process.noised(batch.latents, batch.noise, timesteps: batch.timesteps)
    let prediction = unet(noisy, timesteps: batch.timesteps.map(Float.init), context: context, on: recording)
    let denoising = recording.meanSquaredError(prediction, batch.noise)
    let position = settings.pooling == .firstEnd ? row.end : row.emotions.lowerBound
    let features = recording.normaliseRows(
      clip.textFeatures(hidden: context, pooledAt: Array(repeating: position, count: count), on: recording))
    let logits = recording.scale(
      recording.matrixProduct(features, attributes), by: 1 / settings.attributeTemperature)
    let attribute = recording.crossEntropy(logits, labels: batch.attributes.map { $0 ?? 0 })
    let known = batch.attributes.map { $0 == nil ? Float(0) : 1 }
    let weights = weights(batch)
    let total = recording.add(
      recording.weightedSum(denoising, weights.denoising.map { $0 / Float(count) }),
      recording.weightedSum(attribute, weights.attribute.map { $0 / Float(count) }))
    tape.backward(total, from: Tensor([1], [share]), on: compute)
    return Losses(
      total: total.values[0], denoising: denoising.values, attribute: zip(attribute.values, known).map { $0 * $1 })
  }

  /// The weights of both losses for each sample.
  private func weights(_ batch: MapperBatch) -> (denoising: [Float], attribute: [Float]) {
    var denoising: [Float] = []
    var attribute: [Float] = []
    for (index, confidence) in zip(batch.attributes, batch.confidences) {
      let alpha = index == nil ? 0 : confidence
      denoising.append(settings.usesConfidence ? 1 - alpha : 1)
      attribute.append(index == nil ? 0 : settings.attributeWeight * (settings.usesConfidence ? alpha : 1))
    }
    return (denoising, attribute)
  }

  /// The text transformer's output for `[BOS, emotion, EOS …]`: `[N, D]` → `[N, L, width]`.
  func context(_ vectors: Tensor, on compute: Compute) -> Tensor {
    let length = frame.shape[0]
    let rows = compute.concatenateRows([frame, mapper(vectors, on: compute)])
    var order: [Int] = []
    for sample in 0..<vectors.shape[0] {
      order += 0..<row.emotions.lowerBound
      order.append(length + sample)
      order += row.emotions.upperBound..<length
    }
    let embeddings = compute.gatherRows(rows, order)
    return text(embeddings.reshaped([vectors.shape[0], length, frame.channels]), on: compute)
  }
}
