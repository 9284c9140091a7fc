import Engine
import Models

/// Images of a pass that the denoiser processes together, and the contexts that guide them.
struct GuidedBatch: Sendable {
  /// The images' positions in the pass.
  let images: Range<Int>
  let compute: Compute
  private let conditional: AttendedContext
  /// The unconditional contexts, then the conditional ones; nil if no step is guided.
  private let both: AttendedContext?

  /// - Parameters:
  ///   - contexts: the contexts of all images of the pass, `[1, S, width]` each.
  ///   - negative: the context that guidance leads away from, `[1, S, width]`; nil if no step is guided.
  ///   - compute: the compute context that runs the denoiser for these images.
  init(_ images: Range<Int>, of contexts: [Tensor], negative: Tensor?, on compute: Compute) {
    self.images = images
    self.compute = compute
    let own = Array(contexts[images])
    conditional = AttendedContext(.concatenated(own), keeping: true)
    both = negative.map { negative in
      AttendedContext(.concatenated(Array(repeating: negative, count: own.count) + own), keeping: true)
    }
  }

  /// Runs the denoiser on the images.
  ///
  /// - Parameters:
  ///   - latents: the latents of all images of the pass, `[N, h, w, C]`.
  ///   - scale: the guidance scale, for a network that takes it as an input.
  /// - Returns: the conditional outputs or, if `guided`, the unconditional and then the conditional outputs.
  func denoise(
    _ latents: Tensor, timestep: Float, guided: Bool, scale: Float, inner: InnerFeatures?, by unet: UNet
  ) -> [Tensor] {
    let output = unet(
      latents.slice(images), timesteps: Array(repeating: timestep, count: images.count),
      context: guided ? both ?? conditional : conditional, guidance: scale, inner: inner, on: compute)
    guard guided else { return [output] }
    return [output.slice(0..<images.count), output.slice(images.count..<2 * images.count)]
  }
}
