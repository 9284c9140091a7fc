import Diffusion
import Engine
import Models
import Vocabulary

extension RenderPass {
  /// The result of denoising.
  struct Denoised {
    /// `[N, h, w, C]`, checked to be finite.
    let latents: Tensor
    /// The number of network calls.
    let calls: Int
  }

  /// Splits the pass into batches that run through the networks independently.
  func batches(_ prepared: Prepared) -> [GuidedBatch] {
    pipeline.batching.parts(of: images.count, on: denoising).map { part in
      GuidedBatch(part.samples, of: prepared.contexts, negative: negative, on: part.compute)
    }
  }

  /// Runs the sampler over the denoiser.
  func denoise(
    _ prepared: Prepared, _ batches: [GuidedBatch], _ onProgress: (RenderProgress) throws -> Void
  ) throws -> Denoised {
    let inner = settings.shortcuts.reuse > 1 ? batches.map { _ in InnerFeatures() } : []
    var noise = prepared.noise
    var wasGuided: Bool?
    var calls = 0
    let latents = try Diffusion.denoise(
      latents: prepared.latents, source: prepared.source, sampler: prepared.sampler, guidance: Float(settings.guidance),
      isGuided: { pipeline.folder.isGuided(settings, at: $0) },
      network: { latents, timestep, guided in
        if calls % settings.shortcuts.reuse == 0 || guided != wasGuided { inner.forEach { $0.forget() } }
        wasGuided = guided
        let parts = try denoising.sideBySide(batches.count) { part in
          batches[part].denoise(
            latents, timestep: timestep, guided: guided, scale: Float(settings.guidance),
            inner: inner.isEmpty ? nil : inner[part], by: pipeline.unet)
        }
        return .concatenated(parts[0].indices.flatMap { half in parts.map { $0[half] } })
      },
      noise: { noise.draw() },
      onStep: { step in
        calls = step.call + 1
        try check(step.latents, of: .denoising(call: calls, calls: step.calls))
        if step.call == 0 { trace?.recordImage("eps.000", step.output) }
        trace?.recordImage("latents.\(padded(calls, 3))", step.latents)
        try onProgress(RenderProgress(block: .step(call: calls, calls: step.calls), images: images))
      })
    return Denoised(latents: latents, calls: calls)
  }

  private func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
