import Diffusion
package import Engine
import Foundation
import Imaging
package import Loaders
import Models
import Vocabulary

/// Renders sample images with a denoiser in training: ten steps of DPM-Solver++ with guidance 4, always from the same
/// noise.
package struct SampleSheet: Sendable {
  private let scheduler: SchedulerConfiguration
  private let decoder: VAEDecoder
  private let scalingFactor: Float
  /// The context of the empty text: `[1, L, width]`.
  private let empty: Tensor

  /// Maximum side of the latents; rendering larger ones would slow down training.
  private static let largestSide = 32

  /// - Throws: `CheckpointError` if the model's autoencoder, text encoder or scheduler cannot be read.
  package init(_ model: AdaptedModel, on compute: Compute) throws {
    scheduler = model.base.scheduler
    let vae = try model.autoencoder()
    decoder = vae.decoder
    scalingFactor = vae.configuration.scalingFactor
    let (tokenizer, encoder) = try model.words()
    empty = try Latents.contexts([""], tokenizer, encoder, on: compute)
  }

  /// - Parameters:
  ///   - contexts: `[N, L, width]`.
  ///   - latents: a shape that ends with h, w and C.
  /// - Returns: the images side by side; nil if the latents are too large.
  func picture(_ contexts: Tensor, latents shape: [Int], unet: UNet, on compute: Compute) throws -> RGBImage? {
    let count = contexts.shape[0]
    let shape = [count] + shape.suffix(3)
    guard shape[1] <= Self.largestSide, shape[2] <= Self.largestSide else { return nil }
    let both = AttendedContext(.concatenated(Array(repeating: empty, count: count) + [contexts]), keeping: true)
    var generator = TorchGenerator(seed: 0)
    func noise() -> Tensor { Tensor(shape, generator.normal(shape.reduce(1, *))) }
    let latents = try denoise(
      latents: noise(), sampler: Sampler(.dpmpp2m, configuration: scheduler, steps: 10), guidance: 4,
      network: { latents, timestep, _ in
        unet(latents, timesteps: Array(repeating: timestep, count: count), context: both, on: compute)
      }, noise: noise, onStep: { _ in })
    return try RGBImage.row(try decoder(compute.scale(latents, by: 1 / scalingFactor), on: compute))
  }
}
