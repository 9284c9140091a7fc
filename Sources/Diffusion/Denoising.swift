package import Engine

/// Runs a sampler over a network with classifier-free guidance.
///
/// Every operation is element by element, so that what becomes of an image does not depend on the others in the
/// batch, as long as the network keeps to that.
///
/// - Parameters:
///   - latents: unit noise, `[N, h, w, C]`, before the sampler scales it.
///   - sampler: a fresh one.
///   - guidance: the scale g of u + g · (c − u); at 1 the network is not asked for the unconditional half.
///   - isGuided: whether guidance works at a timestep; where it does not, the scale is 1.
///   - network: given scaled latents `[N, h, w, C]` and the timestep; when `guided`, it returns `[2N, h, w, C]`, the
///     unconditional outputs and then the conditional ones, else the conditional ones, `[N, h, w, C]`.
///   - noise: fresh unit noise of the latents' shape; only an ancestral sampler asks for it.
///   - onStep: called after every network call; may throw to stop the run.
/// - Returns: the denoised latents, `[N, h, w, C]`.
/// - Throws: what the closures throw.
package func denoise(
  latents: Tensor,
  sampler: Sampler,
  guidance: Float,
  isGuided: (_ timestep: Float) -> Bool = { _ in true },
  network: (_ latents: Tensor, _ timestep: Float, _ guided: Bool) throws -> Tensor,
  noise: () throws -> Tensor,
  onStep: (DenoisingStep) throws -> Void
) throws -> Tensor {
  var sampler = sampler
  let timesteps = sampler.timesteps
  var sample = linearCombination((sampler.initialNoiseScale, latents))
  for (call, timestep) in timesteps.enumerated() {
    let guided = guidance != 1 && isGuided(timestep)
    let raw = try network(sampler.scaled(sample, call: call), timestep, guided)
    let output = guided ? guidedOutput(raw, scale: guidance) : raw
    sample = try sampler.step(output: output, call: call, sample: sample, noise: noise)
    try onStep(DenoisingStep(call: call, calls: timesteps.count, output: output, latents: sample))
  }
  return sample
}

/// u + g · (c − u), where the first half of `both` is u and the second c.
package func guidedOutput(_ both: Tensor, scale: Float) -> Tensor {
  both.foldedInHalf { unconditional, conditional in unconditional + scale * (conditional - unconditional) }
}
