import Checkpoints
package import Diffusion
package import Engine
import Foundation
import Imaging
import Models

/// Trains the U-Net to predict the noise that was added to latents, given a caption.
///
/// Loss: the mean squared error of the noise at uniformly drawn timesteps. Source: Rombach et al., "High-Resolution
/// Image Synthesis with Latent Diffusion Models", 2022. A tenth of the captions are empty, so that the U-Net also
/// learns the unconditional prediction, which guidance needs.
package final class DenoiserTask: TrainingTask {
  package let name = "denoiser"
  package let parameters: ParameterSet
  private let unet: UNet
  private let process: ForwardProcess
  private let configuration: String
  /// Scaled latents of all images, then of their mirror images: `[2 · images, h, w, C]`.
  private let latents: Tensor
  /// Hidden states of every caption: `[captions, L, width]`.
  private let contexts: Tensor
  private let captions: [String: Int]
  private let pictures: [Picture]
  private let emotions: [String]
  private let heldOut: Range<Int>
  package let batch: Int
  private let seed: UInt64
  private let emptyShare = 0.1
  private let samples: SampleSheet?

  /// - Parameters:
  ///   - configuration: the `config.json` of diffusers' `UNet2DConditionModel`.
  ///   - latents: the result of `Latents.encode`.
  ///   - contexts: the contexts of `captions`, in the same order.
  ///   - heldOut: the number of images at the end of `pictures` that are held out.
  ///   - samples: renders the denoiser's images of some captions; if nil, nothing is rendered.
  package init(
    configuration: String, process: ForwardProcess, pictures: [Picture], latents: Tensor, captions: [String],
    contexts: Tensor, emotions: [String], heldOut: Int, batch: Int, seed: UInt64, samples: SampleSheet? = nil
  ) throws {
    self.configuration = configuration
    self.process = process
    self.pictures = pictures
    self.latents = latents
    self.contexts = contexts
    self.captions = Dictionary(uniqueKeysWithValues: captions.enumerated().map { ($0.element, $0.offset) })
    self.emotions = emotions
    self.heldOut = pictures.count - heldOut..<pictures.count
    self.batch = batch
    self.seed = seed
    self.samples = samples
    parameters = ParameterSet()
    unet = try UNet(.fresh(seed: seed, parameters: parameters), UNetConfiguration(file: configuration))
  }

  package func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure] {
    var random = StepRandom(seed: seed, step: step)
    let tape = Tape(parameters: parameters)
    let indices = (0..<batch).map { _ in random.index(heldOut.lowerBound) }
    let losses = loss(indices, &random, timesteps: nil, on: compute.recording(on: tape))
    let share = [Float](repeating: 1 / Float(batch), count: batch)
    let loss = compute.recording(on: tape).weightedSum(losses, share)
    tape.backward(loss, on: compute)
    return [TrainingFigure("loss", loss.values[0])]
  }

  private func loss(
    _ indices: [Int], _ random: inout StepRandom, timesteps: [Int]?, on compute: Compute
  ) -> Tensor {
    let clean = compute.plain.gatherRows(
      latents.reshaped([latents.shape[0], latents.count / latents.shape[0]]),
      indices.map { $0 + (random.next() & 1 == 1 ? pictures.count : 0) }
    ).reshaped([indices.count] + latents.shape.dropFirst())
    var generator = TorchGenerator(seed: random.next())
    let noise = Tensor(clean.shape, generator.normal(clean.count))
    let times = timesteps ?? indices.map { _ in random.index(process.count) }
    let rows = indices.map { index -> Int in
      if timesteps == nil, random.fraction() < emptyShare { return captions[""] ?? 0 }
      let caption = Captions.draw(pictures[index], emotions: emotions, namesEmotions: false, &random)
      return captions[caption] ?? captions[""] ?? 0
    }
    let context = compute.plain.gatherRows(
      contexts.reshaped([contexts.shape[0], contexts.count / contexts.shape[0]]), rows
    ).reshaped([indices.count] + contexts.shape.dropFirst())
    let prediction = unet(
      process.noised(clean, noise, timesteps: times), timesteps: times.map(Float.init), context: context, on: compute)
    return compute.meanSquaredError(prediction, noise)
  }

  /// The loss on held-out images at fixed timesteps and noise.
  package func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation {
    guard !heldOut.isEmpty else { return TrainingEvaluation() }
    var random = StepRandom(seed: 0, step: 0, purpose: 1)
    let count = 64
    let indices = (0..<count).map { heldOut.lowerBound + $0 % heldOut.count }
    let times = (0..<count).map { (2 * $0 + 1) * process.count / (2 * count) }
    let losses = loss(indices, &random, timesteps: times, on: compute).values
    return TrainingEvaluation(
      figures: [TrainingFigure("held-out loss", losses.reduce(0, +) / Float(count))], picture: try picture(on: compute))
  }

  /// The images of eight bare names, spread evenly over all names.
  private func picture(on compute: Compute) throws -> RGBImage? {
    guard let samples else { return nil }
    let names = Set(pictures.compactMap { $0.attributes.first.map(Captions.words) }).sorted()
    let count = min(8, names.count)
    let rows = (0..<count).compactMap { captions[names[$0 * names.count / count]] }
    guard !rows.isEmpty else { return nil }
    let flat = contexts.reshaped([contexts.shape[0], contexts.count / contexts.shape[0]])
    return try samples.picture(
      compute.gatherRows(flat, rows).reshaped([rows.count] + contexts.shape.dropFirst()), latents: latents.shape,
      unet: unet, on: compute)
  }

  package func export(to folder: String, on compute: Compute) throws {
    try ConfigurationFile.write(configuration, to: "\(folder)/config.json")
    try Safetensors.write(
      path: "\(folder)/diffusion_pytorch_model.safetensors", tensors: parameters.tensors(), metadata: ["format": "pt"],
      halves: true)
  }
}
