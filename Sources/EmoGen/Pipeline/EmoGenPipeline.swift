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
  /// What the mapper was trained with and this model renders without, in sentences.
  let mapperNotes: [String]
  /// What the added files hold and the model does not use, in sentences.
  let additionNotes: [String]
  /// For the denoiser.
  let batching: Batching
  /// For the VAE: memory is worth releasing only if both networks are large.
  let autoencoding: Batching

  private init(
    _ folder: ModelFolder, _ model: ModelDescription, _ networks: ModelNetworks, _ adapted: AdaptedModel,
    _ additions: Additions, _ compute: Compute
  ) {
    additionNotes = adapted.notes
    self.folder = folder
    self.model = model
    self.additions = additions
    conditioning = networks.conditioning
    unet = networks.unet
    unetForms = networks.unetForms
    autoencoder = networks.autoencoder
    let weights = model.files.filter { $0.path.hasPrefix("mapper/") }.map(\.sha256)
    mapperNotes =
      folder.hasEmotions
      ? MapperBase.notes(in: "\(folder.path)/mapper", mapper: weights, rendering: additions) : []
    batching = Batching(channels: folder.unet.channels)
    autoencoding = Batching(channels: [min(folder.unet.channels.max() ?? 0, autoencoder.configuration.widest)])
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
    let adapted = try AdaptedModel(folder.base, additions, on: compute)
    var opened: [Weights] = []
    let networks = try ModelNetworks(
      folder, adapted,
      opening: { weights in
        weights.digestInBackground()
        opened.append(weights)
        return weights
      }, after: onBlock)
    let model = try folder.describe(loaded: opened.flatMap(\.files))
    // The buffers of the format conversions are no longer needed.
    StoragePool.trim()
    return EmoGenPipeline(folder, model, networks, adapted, additions, compute)
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
    let sampler = try folder.sampler(for: request.settings)
    let needsNegative =
      trace != nil || sampler.timesteps[sampler.firstCall...].contains { folder.isGuided(request.settings, at: $0) }
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

  /// The shape of one image's latents: `[1, h, w, C]`.
  func latentShape(_ settings: RenderSettings) -> [Int] {
    [1, settings.height / folder.multiple, settings.width / folder.multiple, autoencoder.configuration.latentChannels]
  }
}
