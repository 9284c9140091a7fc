import Checkpoints
import Diffusion
package import Engine
import Files
import Loaders
import Models
package import Vocabulary

/// A loaded model: emotion space → mapper → text transformer → denoiser → decoder.
///
/// Only one thread at a time may call `render`; the networks never change.
package final class EmoGenPipeline: Sendable {
  /// The model with the digests of the files that were loaded.
  package let model: ModelDescription
  /// The files that were added to the model's networks, with their digests.
  package let additions: Additions
  package let compute: Compute
  let folder: ModelFolder
  let conditioning: Conditioning
  let unet: UNet
  /// The transformed weights that the engine caches in addition to the denoiser's weights.
  let unetForms: [KeptForms]
  let autoencoder: Autoencoder
  let batching: Batching

  private init(
    _ folder: ModelFolder, _ model: ModelDescription, _ conditioning: Conditioning, _ unet: UNet,
    _ unetForms: [KeptForms], _ autoencoder: Autoencoder, _ additions: Additions, _ compute: Compute
  ) {
    self.additions = additions
    self.folder = folder
    self.model = model
    self.conditioning = conditioning
    self.unet = unet
    self.unetForms = unetForms
    self.autoencoder = autoencoder
    batching = Batching(channels: folder.unet.channels)
    self.compute = compute
  }

  /// Loads every network of a model folder.
  ///
  /// - Parameters:
  ///   - additions: merged into the networks; files with a known digest must still have it.
  ///   - onBlock: called after each network; throwing stops the load.
  /// - Throws: `CheckpointError` that names the file and the tensor or key.
  package static func load(
    _ folder: ModelFolder, additions: Additions = .none, on compute: Compute, onBlock: () throws -> Void = {}
  ) throws -> EmoGenPipeline {
    let additions = try additions.map { try $0.identified() }
    let vae = try additions.vae.map { try AddedVAE($0.path) }
    try vae?.check(for: folder.base)
    let adapted = try AdaptedModel(folder.base, additions, on: compute)
    var opened: [Weights] = []
    func watched(_ weights: Weights) -> Weights {
      weights.digestInBackground()
      opened.append(weights)
      return weights
    }
    let text = try watched(adapted.weights(.textEncoder))
    let (tokenizer, encoder) = try adapted.words(CLIPTextEncoder(text, folder.text))
    try text.finish(ignoring: CLIPTextEncoder.leftOut)
    try onBlock()
    var space: EmotionSpace?
    var mapper: Mapper?
    if folder.hasEmotions {
      let loaded = try Mapper(
        watched(.open(folder: "\(folder.path)/mapper", root: folder.path)),
        configuration: "\(folder.path)/mapper/config.json")
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
    let denoiser = try watched(adapted.weights(.unet))
    let unet = try UNet(denoiser, folder.unet)
    try onBlock()
    // The digest of an added VAE is in `additions`, not among the model's files.
    let autoencoder =
      try vae.map { try Autoencoder($0.weights(), $0.configuration) }
      ?? Autoencoder(watched(folder.base.weights(.vae)), folder.vae)
    try onBlock()
    let conditioning = Conditioning(tokenizer: tokenizer, encoder: encoder, space: space, mapper: mapper)
    let model = try folder.describe(loaded: opened.flatMap(\.files))
    // The buffers of the format conversions are no longer needed.
    StoragePool.trim()
    return EmoGenPipeline(folder, model, conditioning, unet, denoiser.forms, autoencoder, additions, compute)
  }

  /// Renders a request's images in passes.
  ///
  /// This call blocks, so run it on a dedicated thread. An image's bytes depend only on its seed, the subject, the
  /// settings and the model.
  ///
  /// - Parameters:
  ///   - trace: receives the tensors of the first image.
  ///   - onProgress: called after every finished block of work; throwing stops the render.
  ///   - onImage: called for every finished image; throwing stops the render.
  /// - Throws: `RenderError` if the model cannot render the request or the results of a stage are not finite,
  ///   `ComputeError` if the CPU lacks the request's precision, and the errors of the callbacks.
  package func render(
    _ request: RenderRequest, trace: RenderTrace? = nil, onProgress: (RenderProgress) throws -> Void,
    onImage: (RenderedImage) throws -> Void
  ) throws {
    try check(request)
    let denoising = try compute.with(request.settings.shortcuts.precision)
    let prompts = try conditioning.prompts(of: request)
    // Few steps are often not guided; a trace holds the context in any case.
    let sampler = try sampler(request.settings)
    let needsNegative =
      trace != nil || sampler.timesteps[sampler.firstCall...].contains { isGuided(request.settings, at: $0) }
    let negative = needsNegative ? try context(prompts.negative, of: prompts) : nil
    let source = try encodedSource(request.settings) {
      try onProgress(RenderProgress(block: .encode, images: 0..<request.seeds.count))
    }
    let size = batching.samples(ofPixels: latentShape(request.settings)[1...2].reduce(1, *))
    for first in stride(from: 0, to: request.seeds.count, by: size) {
      let pass = RenderPass(
        pipeline: self, request: request, images: first..<min(first + size, request.seeds.count), prompts: prompts,
        negative: negative, source: source, denoising: denoising, trace: first == 0 ? trace : nil)
      try pass.render(onProgress: onProgress, onImage: onImage)
    }
  }

  /// The context of a prompt without emotion tokens: `[1, S, width]`, checked to be finite.
  func context(_ prompt: Prompt, of prompts: Conditioning.Prompts) throws -> Tensor {
    let context = try conditioning.context(prompt, of: prompts, tokens: nil, on: compute)
    guard context.isFinite else { throw RenderError(notFinite: .textEncoder, seed: nil) }
    return context
  }

  /// A new sampler, which begins later if the image starts from a picture.
  func sampler(_ settings: RenderSettings) throws -> Sampler {
    var sampler = try Sampler(settings.sampler, configuration: folder.scheduler, steps: settings.steps)
    if settings.source != nil { try sampler.begin(strength: settings.strength) }
    return sampler
  }

  /// Whether a step is computed with and without the prompt.
  func isGuided(_ settings: RenderSettings, at timestep: Float) -> Bool {
    let trained = Double(folder.scheduler.numTrainTimesteps ?? 1000)
    return settings.isGuided && unet.configuration.guidanceChannels == nil
      && settings.shortcuts.guidanceInterval.contains(Double(timestep) / trained)
  }

  /// The shape of one image's latents: `[1, h, w, C]`.
  func latentShape(_ settings: RenderSettings) -> [Int] {
    [1, settings.height / folder.multiple, settings.width / folder.multiple, autoencoder.configuration.latentChannels]
  }
}
