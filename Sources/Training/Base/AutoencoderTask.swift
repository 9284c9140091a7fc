import Checkpoints
package import Engine
import Files
import Foundation
import Imaging
import Models

/// Trains the VAE, which encodes images to latents and decodes them.
///
/// Loss: the mean absolute error of the reconstruction + `divergence` · the mean KL divergence of a latent value's
/// Gaussian from the standard normal distribution.
package final class AutoencoderTask: TrainingTask {
  package let name = "autoencoder"
  package let parameters: ParameterSet
  private let vae: VAE
  private let pictures: PictureSet
  private let heldOut: PictureSet
  package let batch: Int
  /// Weight of the mean divergence relative to the mean error. It is high, so that the decoder tolerates a denoiser's
  /// small errors.
  package static let divergence: Float = 2e-3
  private let seed: UInt64
  private let configuration: String

  /// - Parameters:
  ///   - configuration: the `config.json` of diffusers' `AutoencoderKL`.
  ///   - heldOut: images for evaluation only.
  package init(
    configuration: String, pictures: PictureSet, heldOut: PictureSet, batch: Int = 16, seed: UInt64
  ) throws {
    self.configuration = configuration
    parameters = ParameterSet()
    vae = try VAE(.fresh(seed: seed, parameters: parameters), VAEConfiguration(file: configuration))
    self.pictures = pictures
    self.heldOut = heldOut
    self.batch = batch
    self.seed = seed
  }

  package func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure] {
    var random = StepRandom(seed: seed, step: step)
    let indices = (0..<batch).map { _ in random.index(pictures.count) }
    let flips = indices.map { _ in random.next() & 1 == 1 }
    let pixels = pictures.tensor(indices, flips: flips)
    let tape = Tape(parameters: parameters)
    let recording = compute.recording(on: tape)
    let moments = try vae.encoder().moments(pixels, on: recording)
    var generator = TorchGenerator(seed: random.next())
    let shape = moments.shape.dropLast() + [moments.channels / 2]
    let noise = Tensor(Array(shape), generator.normal(moments.count / 2))
    let latents = recording.sampleGaussian(moments, noise: noise)
    let result = try vae.decoder(latents, on: recording)
    let errors = recording.meanAbsoluteError(result, pixels)
    let divergences = recording.gaussianKL(moments)
    let own = Float(noise.count / batch)
    let share = 1 / Float(batch)
    let loss = recording.add(
      recording.weightedSum(errors, errors.values.map { _ in share }),
      recording.weightedSum(divergences, divergences.values.map { _ in share * Self.divergence / own }))
    tape.backward(loss, on: compute)
    return [
      TrainingFigure("loss", loss.values[0]),
      TrainingFigure("absolute error", errors.values.reduce(0, +) * share),
      TrainingFigure("divergence", divergences.values.reduce(0, +) * share / own),
    ]
  }

  package func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation {
    let count = min(16, heldOut.count)
    let pixels = heldOut.tensor(Array(0..<count))
    let means = try compute.channels(0..<vae.configuration.latentChannels, of: vae.encoder()(pixels, on: compute))
    let result = try vae.decoder(means, on: compute)
    let errors = compute.meanAbsoluteError(result, pixels).values
    let above = try RGBImage.row(pixels)
    var picture = RGBImage(width: above.width, height: 2 * above.height, pixels: above.pixels + above.pixels)
    picture.paste(try RGBImage.row(result), x: 0, y: above.height)
    return TrainingEvaluation(
      figures: [TrainingFigure("held-out absolute error", errors.reduce(0, +) / Float(count))], picture: picture)
  }

  /// Writes the weights and `config.json` with the scaling factor that gives latents a deviation of 1.
  package func export(to folder: String, on compute: Compute) throws {
    var sum = 0.0
    var squares = 0.0
    var count = 0.0
    for start in stride(from: 0, to: min(512, pictures.count), by: 16) {
      let pixels = pictures.tensor(Array(start..<min(start + 16, pictures.count)))
      let moments = try vae.encoder()(pixels, on: compute)
      for value in compute.channels(0..<vae.configuration.latentChannels, of: moments).values {
        sum += Double(value)
        squares += Double(value) * Double(value)
        count += 1
      }
    }
    let deviation = (squares / count - (sum / count) * (sum / count)).squareRoot()
    guard deviation.isFinite, deviation > 0 else {
      throw TrainingError(
        "\(name): the latents' deviation is \(deviation) but must be above 0: train with a lower learning rate"
      )
    }
    try ConfigurationFile.write(configuration, to: "\(folder)/config.json", setting: ["scaling_factor": 1 / deviation])
    try Safetensors.write(
      path: "\(folder)/diffusion_pytorch_model.safetensors", tensors: parameters.tensors(), metadata: ["format": "pt"],
      halves: true)
  }
}
