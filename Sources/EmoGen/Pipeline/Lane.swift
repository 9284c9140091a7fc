import Engine
import Models

/// Images of a pass that go through the networks together, on a processor of their own or on the whole one.
struct Lane: Sendable {
  /// Their places in the pass.
  let images: Range<Int>
  let compute: Compute
  private let conditional: AttendedContext
  /// The unconditional contexts and then the conditional ones.
  private let both: AttendedContext

  /// A pass in lanes.
  ///
  /// - Parameters:
  ///   - contexts: of each image, `[1, S, width]`.
  ///   - negative: what guidance leads away from, `[1, S, width]`.
  ///   - isSmall: whether every lane may read the network's weights for itself.
  static func all(_ contexts: [Tensor], negative: Tensor, isSmall: Bool, on compute: Compute) -> [Lane] {
    let computes = isSmall ? compute.lanes(for: contexts.count) : [compute]
    return computes.enumerated().map { lane, compute in
      let images = lane * contexts.count / computes.count..<(lane + 1) * contexts.count / computes.count
      return Lane(images, Array(contexts[images]), negative, compute)
    }
  }

  private init(_ images: Range<Int>, _ contexts: [Tensor], _ negative: Tensor, _ compute: Compute) {
    self.images = images
    self.compute = compute
    conditional = AttendedContext(.concatenated(contexts), keeping: true)
    both = AttendedContext(
      .concatenated(Array(repeating: negative, count: contexts.count) + contexts), keeping: true)
  }

  /// The denoiser's outputs: of each image, or where `guided` twice, without its context and with it.
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
