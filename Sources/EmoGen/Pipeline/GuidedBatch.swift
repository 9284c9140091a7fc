import Engine
import Models

/// Images of a pass that go through the denoiser together, with the contexts that guide them.
struct GuidedBatch: Sendable {
  /// Their places in the pass.
  let images: Range<Int>
  let compute: Compute
  private let conditional: AttendedContext
  /// The unconditional contexts and then the conditional ones.
  private let both: AttendedContext

  /// - Parameters:
  ///   - contexts: of all images of the pass, `[1, S, width]` each.
  ///   - negative: what guidance leads away from, `[1, S, width]`.
  ///   - compute: computes the denoiser for these images.
  init(_ images: Range<Int>, of contexts: [Tensor], negative: Tensor, on compute: Compute) {
    self.images = images
    self.compute = compute
    let own = Array(contexts[images])
    conditional = AttendedContext(.concatenated(own), keeping: true)
    both = AttendedContext(.concatenated(Array(repeating: negative, count: own.count) + own), keeping: true)
  }

  /// The denoiser's outputs for the images: those with their contexts, or, if `guided`, those without and then those with.
  ///
  /// - Parameter latents: of all images of the pass, `[N, h, w, C]`.
  func denoise(
    _ latents: Tensor, timestep: Float, guided: Bool, inner: InnerFeatures?, by unet: UNet
  ) -> [Tensor] {
    let output = unet(
      latents.slice(images), timesteps: Array(repeating: timestep, count: images.count),
      context: guided ? both : conditional, inner: inner, on: compute)
    guard guided else { return [output] }
    return [output.slice(0..<images.count), output.slice(images.count..<2 * images.count)]
  }
}
