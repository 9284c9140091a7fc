import Checkpoints
import Diffusion
package import Engine
import Imaging
import Models
package import Vocabulary

/// A loaded model: emotion space → mapper → text transformer → denoiser → decoder.
///
/// `render` may be called from one thread at a time; the networks themselves never change.
package final class EmoGenPipeline: Sendable {
  /// The model with the digests of its files as they were loaded.
  package let model: ModelDescription
  package let compute: Compute
  private let folder: ModelFolder
  private let conditioning: Conditioning
  private let unet: UNet
  private let unetForms: [KeptForms]
  private let decoder: VAEDecoder

  private init(
    _ folder: ModelFolder, _ model: ModelDescription, _ conditioning: Conditioning, _ unet: UNet,
    _ unetForms: [KeptForms], _ decoder: VAEDecoder, _ compute: Compute
  ) {
    self.folder = folder
    self.model = model
    self.conditioning = conditioning
    self.unet = unet
    self.unetForms = unetForms
    self.decoder = decoder
    self.compute = compute
  }

  /// Loads every network of a model folder.
  ///
  /// - Parameter onBlock: called after each network; may throw to stop.
  /// - Throws: `CheckpointError` that names the file and the tensor or key.
  package static func load(
    _ folder: ModelFolder, on compute: Compute, onBlock: () throws -> Void = {}
  ) throws -> EmoGenPipeline {
    var opened: [Weights] = []
    func weights(_ part: String) throws -> Weights {
      let weights = try Weights.open(folder: "\(folder.path)/\(part)", root: folder.path)
      weights.digestInBackground()
      opened.append(weights)
      return weights
    }
    let text = try weights("text_encoder")
    let encoder = try CLIPTextEncoder(text, folder.text)
    try text.finish(ignoring: ["embeddings.position_ids"])
    try onBlock()
    var space: EmotionSpace?
    var mapper: Mapper?
    if folder.hasEmotions {
      let loaded = try Mapper(weights("mapper"), configuration: "\(folder.path)/mapper/config.json")
      guard loaded.outputs == folder.text.tower.width else {
        throw CheckpointError(
          .misshapen, file: "\(folder.path)/mapper/config.json",
          "the mapper's output is \(loaded.outputs) wide, but the text encoder takes \(folder.text.tower.width): they belong to different models"
        )
      }
      let path = "emotion_space/gaussians.safetensors"
      let gaussians = try Weights(file: "\(folder.path)/\(path)", as: path)
      opened.append(gaussians)
      space = try EmotionSpace(gaussians, width: loaded.inputs)
      mapper = loaded
      try onBlock()
    }
    let denoiser = try weights("unet")
    let unet = try UNet(denoiser, folder.unet)
    try onBlock()
    // Nothing here encodes.
    let decoder = try VAE(weights("vae"), folder.vae).decoder
    try onBlock()
    let conditioning = Conditioning(
      tokenizer: try CLIPTokenizer(folder: "\(folder.path)/tokenizer"), encoder: encoder, space: space, mapper: mapper)
    let model = try folder.describe(loaded: opened.flatMap(\.files))
    // What the files' formats were turned into on the way is of no further use.
    StoragePool.trim()
    return EmoGenPipeline(folder, model, conditioning, unet, denoiser.forms, decoder, compute)
  }

  /// Whether this model can render a request.
  ///
  /// - Throws: `RenderError` or `SamplerError` that says what does not fit.
  package func check(_ request: RenderRequest) throws {
    let settings = request.settings
    for (name, side) in [("width", settings.width), ("height", settings.height)]
    where side < folder.multiple || side % folder.multiple != 0 || side > Self.largestSide {
      throw RenderError(
        "\(name) \(side): the model needs a multiple of \(folder.multiple) from \(folder.multiple) to \(Self.largestSide)"
      )
    }
    guard settings.guidance.isFinite, settings.guidance >= 0 else {
      throw RenderError("guidance \(settings.guidance): a number of 0 or more is needed")
    }
    guard settings.shortcuts.reuse >= 1 else {
      throw RenderError("reuse \(settings.shortcuts.reuse): a number of 1 or more is needed")
    }
    guard request.seeds.allSatisfy({ $0 < 1 << 63 }) else { throw RenderError("seeds must be below 2^63") }
    _ = try Sampler(settings.sampler, configuration: folder.scheduler, steps: settings.steps)
    if let emotion = request.subject.emotion {
      guard let mapper = conditioning.mapper else {
        throw RenderError("the model '\(model.name)' has no emotion_space and mapper: it renders plain text only")
      }
      let tokens = emotion.tokens.count
      guard tokens <= folder.text.positions - 2 else {
        throw RenderError(
          "'\(emotion)' fuses \(tokens) tokens: the text encoder has room for \(folder.text.positions - 2)")
      }
      if let vector = request.emotionVector, vector.shape != [tokens, mapper.inputs] {
        throw RenderError(
          "the emotion vector has the shape \(vector.shape), but '\(emotion)' needs [\(tokens), \(mapper.inputs)]")
      }
    } else if request.emotionVector != nil {
      throw RenderError("an emotion vector needs an emotion: plain text has none")
    }
    if let latents = request.latents, latents.shape != latentShape(settings) {
      throw RenderError(
        "the latents have the shape \(latents.shape), but the size needs \(latentShape(settings)) (N, h, w, C)")
    }
  }

  /// Renders a request's images in passes.
  ///
  /// Synchronous: call it on a thread of your own. An image's bytes depend on its seed, the subject, the settings
  /// and the model alone.
  ///
  /// - Parameters:
  ///   - trace: gains the tensors of the first image.
  ///   - onProgress: called after every finished block of work; what it throws stops the render.
  ///   - onImage: called for every finished image; what it throws stops the render.
  /// - Throws: `RenderError` where the model cannot render the request, `ComputeError` where this processor lacks its
  ///   precision, and what the callbacks throw.
  package func render(
    _ request: RenderRequest, trace: RenderTrace? = nil, onProgress: (RenderProgress) throws -> Void,
    onImage: (RenderedImage) throws -> Void
  ) throws {
    try check(request)
    let denoising = try compute.with(request.settings.shortcuts.precision)
    let negative = try conditioning.context(request.settings.negative, on: compute)
    let size = passSize(request.settings)
    for first in stride(from: 0, to: request.seeds.count, by: size) {
      let pass = first..<min(first + size, request.seeds.count)
      try render(request, pass, negative, first == 0 ? trace : nil, denoising, onProgress, onImage)
    }
  }

  private func render(
    _ request: RenderRequest, _ pass: Range<Int>, _ negative: Tensor, _ trace: RenderTrace?, _ denoising: Compute,
    _ onProgress: (RenderProgress) throws -> Void, _ onImage: (RenderedImage) throws -> Void
  ) throws {
    let settings = request.settings
    let shape = latentShape(settings)
    var generators = request.seeds[pass].map { TorchGenerator(seed: $0) }
    /// One draw from every image's generator: `[N, h, w, C]`.
    func draw() -> Tensor {
      Tensor.concatenated(
        generators.indices.map { image in
          Tensor([1, shape[3], shape[1], shape[2]], generators[image].normal(shape.reduce(1, *)))
            .transposed([0, 2, 3, 1])
        })
    }
    let vectors = emotionVectors(request, pass)
    let contexts = try pass.map { image -> Tensor in
      guard let mapper = conditioning.mapper, !vectors.isEmpty else {
        return try conditioning.context(request.subject.words, on: compute)
      }
      let vector = vectors[image - pass.lowerBound]
      let tokens = mapper(vector, on: compute)
      if image == pass.lowerBound {
        trace?.record("emotion_vector", vector)
        trace?.record("emotion_token", tokens)
      }
      return try conditioning.context(tokens, words: request.subject.words, on: compute)
    }
    try onProgress(RenderProgress(block: .text, images: pass))
    let latents = request.latents.map { Tensor.concatenated(Array(repeating: $0, count: pass.count)) } ?? draw()
    let sampler = try Sampler(settings.sampler, configuration: folder.scheduler, steps: settings.steps)
    trace?.recordImage("latents_init", latents)
    trace?.record("context", contexts[0])
    trace?.record("uncond_context", negative)
    trace?.record("timesteps", Tensor([sampler.timesteps.count], sampler.timesteps))
    let lanes = Lane.all(contexts, negative: negative, isSmall: isSmall, on: denoising)
    let interval = settings.shortcuts.guidanceInterval
    let timesteps = Double(folder.scheduler.numTrainTimesteps ?? 1000)
    let inner = settings.shortcuts.reuse > 1 ? lanes.map { _ in InnerFeatures() } : []
    var wasGuided: Bool?
    var calls = 0
    let denoised = try denoise(
      latents: latents, sampler: sampler, guidance: Float(settings.guidance),
      isGuided: { interval.contains(Double($0) / timesteps) },
      network: { latents, timestep, guided in
        if calls % settings.shortcuts.reuse == 0 || guided != wasGuided { inner.forEach { $0.forget() } }
        wasGuided = guided
        let parts = try denoising.sideBySide(lanes.count) { lane in
          lanes[lane].denoise(
            latents, timestep: timestep, guided: guided, inner: inner.isEmpty ? nil : inner[lane], by: unet)
        }
        return .concatenated(parts[0].indices.flatMap { half in parts.map { $0[half] } })
      },
      noise: draw,
      onStep: { step in
        calls = step.call + 1
        if step.call == 0 { trace?.recordImage("eps.000", step.output) }
        trace?.recordImage("latents.\(padded(calls, 3))", step.latents)
        try onProgress(RenderProgress(block: .step(call: calls, calls: step.calls), images: pass))
      })
    let scaled = Tensor(denoised.shape, denoised.values.map { $0 / folder.vae.scalingFactor })
    if !isSmall { makeRoom(forDecoding: denoised) }
    defer { if !isSmall { StoragePool.trim() } }
    let decoded = Tensor.concatenated(
      try compute.sideBySide(lanes.count) { lane in
        let decoding = try lanes[lane].compute.with(compute.precision)
        // Callbacks stay on this thread.
        return try decoder(scaled.slice(lanes[lane].images), on: isSmall ? decoding : decoding.savingMemory) {
          if !isSmall { StoragePool.trim() }
          if lanes.count == 1 { try onProgress(RenderProgress(block: .decode, images: pass)) }
        }
      })
    if lanes.count > 1 { try onProgress(RenderProgress(block: .decode, images: pass)) }
    for (offset, image) in pass.enumerated() {
      let decoded = decoded.slice(offset..<offset + 1)
      let pixels = decoded.values.map { min(max($0 / 2 + 0.5, 0), 1) }
      if offset == 0 { trace?.recordImage("image", Tensor(decoded.shape, pixels)) }
      try onImage(
        RenderedImage(
          position: image, seed: request.seeds[image],
          image: RGBImage(
            width: settings.width, height: settings.height,
            pixels: pixels.map { UInt8(($0 * 255).rounded(.toNearestOrEven)) }),
          emotionVector: vectors.isEmpty ? [] : rows(vectors[offset]), calls: calls,
          steps: min(settings.steps, calls), engineKind: denoising.kind.description))
    }
  }

  /// Large pictures are decoded in memory that denoising took: what the denoiser keeps beside its matrices is soon made
  /// again.
  private func makeRoom(forDecoding latents: Tensor) {
    let pixels = latents.rows * folder.multiple * folder.multiple
    // A wide level's input, its normalised form and a block's results.
    var bytes = 4 * 4 * pixels * (folder.vae.channels.prefix(2).max() ?? 0)
    for forms in unetForms where bytes > 0 { bytes -= forms.release() }
    StoragePool.trim()
  }

  /// `[T, D]` for each image of a pass; none for plain text.
  private func emotionVectors(_ request: RenderRequest, _ pass: Range<Int>) -> [Tensor] {
    guard let emotion = request.subject.emotion, let space = conditioning.space else { return [] }
    return request.seeds[pass].map { request.emotionVector ?? space.sample(emotion, seed: $0) }
  }

  private func rows(_ tensor: Tensor) -> [[Float]] {
    (0..<tensor.shape[0]).map { tensor.slice($0..<$0 + 1).values }
  }

  private func latentShape(_ settings: RenderSettings) -> [Int] {
    [1, settings.height / folder.multiple, settings.width / folder.multiple, folder.vae.latentChannels]
  }

  /// Images denoised together: they share the reading of the weights, and memory bounds them. The choice never
  /// changes an image.
  private func passSize(_ settings: RenderSettings) -> Int {
    let latents = settings.width * settings.height / (folder.multiple * folder.multiple)
    return min(8, max(1, 4096 / latents))
  }

  /// Whether the weights of the denoiser's widest layers fit into the cache that cores share, so that each may read them
  /// for its own images.
  private var isSmall: Bool { folder.unet.channels.allSatisfy { 36 * $0 * $0 <= 1 << 22 } }

  /// Far above what the memory of any machine holds: against sizes that can only be mistakes.
  private static let largestSide = 8192

  private func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
