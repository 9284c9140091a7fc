import Diffusion
import Engine
import Files
import Models
import Vocabulary

extension RenderPass {
  /// The inputs of denoising.
  struct Prepared {
    /// `[T, D]` for each image; empty for plain text.
    let emotionVectors: [Tensor]
    /// `[1, S, width]` for each image.
    let contexts: [Tensor]
    /// The latents of the picture that the images start from, `[N, h, w, C]`; nil if they start from noise.
    let source: Tensor?
    /// Unit noise, `[N, h, w, C]`.
    let latents: Tensor
    let sampler: Sampler
    /// The noise that a stochastic sampler draws after the latents.
    let noise: ImageNoise
  }

  /// Prepares the emotion vectors, contexts and latents of the images.
  func prepare(_ onProgress: (RenderProgress) throws -> Void) throws -> Prepared {
    let vectors = try emotionVectors()
    let contexts = try images.map { image in
      let vector = vectors.isEmpty ? nil : vectors[image - images.lowerBound]
      return try context(vector, seed: request.seeds[image], trace: image == images.lowerBound ? trace : nil)
    }
    try onProgress(RenderProgress(block: .text, images: images))
    var noise = ImageNoise(seeds: request.seeds[images], shape: pipeline.latentShape(settings))
    // As in diffusers, the generator samples the picture's latents before the noise that is added to them.
    let source = source?.draw(images.count) { noise.draw() }
    let latents =
      request.latents.map { Tensor.concatenated(Array(repeating: $0, count: images.count)) } ?? noise.draw()
    let sampler = try pipeline.folder.sampler(for: settings)
    if let source { trace?.recordImage("init_latents", source) }
    trace?.recordImage("latents_init", latents)
    trace?.record("context", contexts[0])
    if let negative { trace?.record("uncond_context", negative) }
    let timesteps = Array(sampler.timesteps[sampler.firstCall...])
    trace?.record("timesteps", Tensor([timesteps.count], timesteps))
    return Prepared(
      emotionVectors: vectors, contexts: contexts, source: source, latents: latents, sampler: sampler, noise: noise)
  }

  private func emotionVectors() throws -> [Tensor] {
    guard let emotion = request.subject.emotion, let space = pipeline.conditioning.space else { return [] }
    return try request.seeds[images].map { seed in
      if let given = request.emotionVector { return given }
      let vector = space.sample(emotion, seed: seed)
      guard vector.isFinite else { throw RenderError(notFinite: .emotionSpace, seed: seed) }
      return vector
    }
  }

  /// The context of one image: of its emotion vector and words, or of the words alone if there is no vector.
  private func context(_ vector: Tensor?, seed: UInt64, trace: RenderTrace?) throws -> Tensor {
    let conditioning = pipeline.conditioning
    guard let mapper = conditioning.mapper, let vector else {
      return try pipeline.context(prompts.prompt, of: prompts)
    }
    let tokens = mapper(vector, on: pipeline.compute)
    guard tokens.isFinite else { throw RenderError(notFinite: .mapper, seed: seed) }
    trace?.record("emotion_vector", vector)
    trace?.record("emotion_token", tokens)
    let context = try conditioning.context(prompts.prompt, of: prompts, tokens: tokens, on: pipeline.compute)
    guard context.isFinite else { throw RenderError(notFinite: .textEncoder, seed: seed) }
    return context
  }
}
