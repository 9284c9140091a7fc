package import Engine

/// The state of the denoising loop after a network call.
package struct DenoisingStep: Sendable {
  /// The call that has just been made, from 0, not counting calls that a run from a picture skips.
  package let call: Int
  /// Number of calls of the whole run.
  package let calls: Int
  /// The network's output after guidance, `[N, h, w, C]`.
  package let output: Tensor
  /// The sample after the call, `[N, h, w, C]`.
  package let latents: Tensor
}

/// Runs a sampler on a network with classifier-free guidance.
///
/// All operations are element-wise, so an image does not depend on the others in the batch, provided that the network
/// computes its samples independently.
///
/// - Parameters:
///   - latents: unit noise, `[N, h, w, C]`, before the sampler scales it.
///   - source: clean latents of the same shape to which the noise is added instead, up to the sampler's first call.
///   - sampler: a sampler that has made no step yet.
///   - guidance: the scale g of u + g · (c − u); at 1 and below there is no guidance, and the unconditional outputs are
///     not computed.
///   - isGuided: whether guidance applies at a timestep; if not, the scale is 1.
///   - network: receives scaled latents `[N, h, w, C]` and the timestep. If `guided`, it returns `[2N, h, w, C]`, the
///     unconditional outputs followed by the conditional ones; otherwise the conditional outputs, `[N, h, w, C]`.
///   - noise: returns new unit noise of the latents' shape; only stochastic samplers call it.
///   - onStep: called after every network call; throwing stops the run.
/// - Returns: the denoised latents, `[N, h, w, C]`.
/// - Throws: the closures' errors.
package func denoise(
  latents: Tensor,
  source: Tensor? = nil,
  sampler: Sampler,
  guidance: Float,
  isGuided: (_ timestep: Float) -> Bool = { _ in true },
  network: (_ latents: Tensor, _ timestep: Float, _ guided: Bool) throws -> Tensor,
  noise: () throws -> Tensor,
  onStep: (DenoisingStep) throws -> Void
) throws -> Tensor {
  var sampler = sampler
  let timesteps = sampler.timesteps
  var sample = source.map { sampler.noised($0, latents) } ?? linearCombination((sampler.initialNoiseScale, latents))
  let first = sampler.firstCall
  for call in first..<timesteps.count {
    let timestep = timesteps[call]
    let guided = guidance > 1 && isGuided(timestep)
    let raw = try network(sampler.scaled(sample, call: call), timestep, guided)
    let output = guided ? guidedOutput(raw, scale: guidance) : raw
    sample = try sampler.step(output: output, call: call, sample: sample, noise: noise)
    try onStep(DenoisingStep(call: call - first, calls: timesteps.count - first, output: output, latents: sample))
  }
  return sample
}

/// u + g · (c − u) with g = `scale`, u the first half of `both` and c the second half.
package func guidedOutput(_ both: Tensor, scale: Float) -> Tensor {
  both.foldedInHalf { unconditional, conditional in unconditional + scale * (conditional - unconditional) }
}
