package import Checkpoints
package import Diffusion
import Files
import Foundation
package import Models
package import Vocabulary

/// A Stable Diffusion model as people store them, described without reading its weights.
package struct BaseModel: Sendable {
  private let form: any ModelForm
  /// Which weights of a folder are read if it holds several, as asked for.
  package let variant: String?
  /// The settings of requests that name none; the sampler counts only without a `schedulerProblem`.
  package let defaults: RenderSettings
  /// Why the model's own scheduler cannot be the default sampler; requests have to name another one.
  package let schedulerProblem: CheckpointError?

  /// Recognises what the path holds and reads the configurations.
  ///
  /// - Parameter variant: which weights of a folder are read, such as `non_ema`, if it holds several.
  /// - Throws: `CheckpointError` that names the file and says what it is.
  package init(_ path: String, variant: String? = nil) throws {
    let path = try HubCache.resolve(URL(filePath: path).standardizedFileURL.path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CheckpointError(.missingFile, file: path, "there is no such model folder or file: check the path")
    }
    guard isFolder.boolValue || variant == nil else {
      throw CheckpointError(.unsupported, file: path, "is one file, which has no variants: leave out --variant")
    }
    self.variant = variant
    form = isFolder.boolValue ? try DiffusersFolder(path, variant: variant) : try LDMCheckpoint(path)
    (defaults, schedulerProblem) = try Self.defaults(of: form)
    if let reason = DenoiserInputs.refusal(
      inputs: unet.inputChannels, outputs: unet.outputChannels, latents: vae.latentChannels)
    {
      throw CheckpointError(.unsupported, file: self.path, reason)
    }
    guard text.tower.width == unet.contextWidth else {
      throw CheckpointError(
        .misshapen, file: self.path,
        "the U-Net's cross_attention_dim is \(unet.contextWidth), but the text encoder is \(text.tower.width) wide: they belong to different models"
      )
    }
  }

  private static func defaults(of form: any ModelForm) throws -> (RenderSettings, CheckpointError?) {
    var settings = RenderSettings.official
    if let own = form.pipelineDefaults { (settings.steps, settings.guidance) = own }
    if let latents = form.unet.sampleSize {
      settings.width = latents[0] * form.vae.factor
      settings.height = latents[1] * form.vae.factor
    }
    let name = form.scheduler.className ?? "PNDMScheduler"
    if let sampler = try SchedulerClass.sampler(of: name, form.scheduler) {
      settings.sampler = sampler
      settings.correctsScheduler = form.scheduler.isIncomplete(for: sampler)
      return (settings, nil)
    }
    let samplers = SamplerName.allCases.map(\.rawValue).joined(separator: ", ")
    return (
      settings,
      CheckpointError(
        .unsupported, file: form.path,
        "the model's scheduler is \(name), which no sampler here corresponds to: name one with --sampler, or in the folder's emogen.json, as in {\"sampler\": \"dpmpp-2m\"} (\(samplers))"
      )
    )
  }

  /// The absolute path of the folder or file that was recognised, e.g. a snapshot of a cache.
  package var path: String { form.path }
  package var unet: UNetConfiguration { form.unet }
  package var vae: AutoencoderConfiguration { form.vae }
  package var text: CLIPTextConfiguration { form.text }
  /// For samplers that were chosen, and for training.
  package var scheduler: SchedulerConfiguration { form.scheduler }

  /// Widths and heights must be multiples of this.
  package var multiple: Int { vae.factor }

  /// Opens the weights of one part under their canonical names.
  ///
  /// - Throws: `CheckpointError` naming the file and its problem.
  package func weights(_ part: ModelPart) throws -> Weights { try form.weights(part) }

  /// - Throws: `CheckpointError` naming the file and the line or key.
  package func tokenizer() throws -> CLIPTokenizer { try form.tokenizer() }

  /// The names of all files that determine the images, relative to `root`.
  package func files() throws -> [String] { try form.files() }

  /// The folder to which `files` are relative.
  package var root: String { form.root }

  /// The model's own name: its folder's, or its file's without extension.
  package var name: String {
    let place = URL(filePath: path)
    return root == path ? place.lastPathComponent : place.deletingPathExtension().lastPathComponent
  }

  /// The configuration and tokenizer files of the same model in diffusers' layout, by their place in it.
  func documents() throws -> [String: [UInt8]] { try form.documents() }

  /// What was assumed or left out when the model was recognised and deserves a word, one sentence each.
  package var notes: [String] { form.notes }
}
