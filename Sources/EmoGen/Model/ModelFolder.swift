import Checkpoints
package import Diffusion
import Files
import Foundation
import Models
package import Vocabulary

/// A model folder: diffusers' layout plus EmoGen's parts.
package struct ModelFolder: Sendable {
  package let path: String
  /// The settings that apply unless a request sets its own.
  package let defaults: RenderSettings
  /// Whether the folder contains EmoGen's parts in addition to the base model.
  package let hasEmotions: Bool
  let unet: UNetConfiguration
  let vae: VAEConfiguration
  let text: CLIPTextConfiguration
  package let scheduler: SchedulerConfiguration

  /// The optional `emogen.json`.
  private struct Defaults: Decodable {
    let size: [Int]?
    let steps: Int?
    let sampler: SamplerName?
    let guidance: Double?
  }

  /// Reads the configurations only; weights are not read and networks not built.
  ///
  /// - Throws: `CheckpointError` that names the file and its problem.
  package init(_ folder: String) throws {
    path = URL(filePath: folder).standardizedFileURL.path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw CheckpointError(.missingFile, file: path, "there is no such model folder: check the path")
    }
    try UnfinishedImport.refuse(in: path)
    guard FileManager.default.fileExists(atPath: "\(path)/model_index.json") else {
      throw CheckpointError(
        .missingFile, file: "\(path)/model_index.json",
        "the file is missing: a model folder has diffusers' layout (model_index.json, tokenizer, text_encoder, unet, vae, scheduler)"
      )
    }
    unet = try UNetConfiguration(file: "\(path)/unet/config.json")
    vae = try VAEConfiguration(file: "\(path)/vae/config.json")
    text = try CLIPTextConfiguration(file: "\(path)/text_encoder/config.json")
    scheduler = try Self.scheduler("\(path)/scheduler/scheduler_config.json")
    guard text.tower.width == unet.contextWidth else {
      throw CheckpointError(
        .misshapen, file: "\(path)/unet/config.json",
        "cross_attention_dim is \(unet.contextWidth), but the text encoder is \(text.tower.width) wide: they belong to different models"
      )
    }
    guard unet.inputChannels == vae.latentChannels, unet.outputChannels == vae.latentChannels else {
      throw CheckpointError(
        .unsupported, file: "\(path)/unet/config.json",
        "the U-Net takes \(unet.inputChannels) channels and returns \(unet.outputChannels), but the VAE's latents have \(vae.latentChannels): inpainting and upscaling models are not supported"
      )
    }
    defaults = try Self.defaults("\(path)/emogen.json")
    for side in [defaults.width, defaults.height] where side % vae.factor != 0 {
      throw CheckpointError(
        .malformed, file: "\(path)/emogen.json", "size \(side) is not a multiple of the VAE's \(vae.factor)")
    }
    hasEmotions = FileManager.default.fileExists(atPath: "\(path)/emotion_space")
  }

  /// Widths and heights must be multiples of this.
  package var multiple: Int { vae.factor }

  /// Describes the model with the digests of its files.
  ///
  /// - Parameter loaded: the digests known from reading the weights; all other files are hashed now.
  package func describe(loaded: [ModelFile] = []) throws -> ModelDescription {
    let known = Dictionary(loaded.map { ($0.path, $0) }) { first, _ in first }
    return ModelDescription(
      name: URL(filePath: path).lastPathComponent, folder: path, multiple: multiple,
      files: try files().map { try known[$0] ?? ModelFile(hashing: "\(path)/\($0)", as: $0) }, defaults: defaults)
  }

  private static func scheduler(_ file: String) throws -> SchedulerConfiguration {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw CheckpointError(.missingFile, file: file, "the file is missing or cannot be read: a model folder needs it")
    }
    do {
      return try SchedulerConfiguration(json: data)
    } catch let error as SamplerError {
      throw CheckpointError(.malformed, file: file, error.message)
    }
  }

  private static func defaults(_ file: String) throws -> RenderSettings {
    guard FileManager.default.fileExists(atPath: file) else { return .official }
    let given: Defaults = try ConfigFile.read(from: file)
    var settings = RenderSettings.official
    if let size = given.size {
      guard size.count == 2, size.allSatisfy({ $0 > 0 }) else {
        throw CheckpointError(.malformed, file: file, "key 'size': [width, height] is required")
      }
      (settings.width, settings.height) = (size[0], size[1])
    }
    settings.steps = given.steps ?? settings.steps
    settings.sampler = given.sampler ?? settings.sampler
    settings.guidance = given.guidance ?? settings.guidance
    return settings
  }

  /// All files that influence an image, as sorted paths relative to the folder.
  private func files() throws -> [String] {
    var files = ["tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json"]
    for part in ["text_encoder", "unet", "vae"] + (hasEmotions ? ["mapper"] : []) {
      files.append("\(part)/config.json")
      files += try WeightFolder(folder: "\(path)/\(part)").files.map { "\(part)/\($0)" }
    }
    if hasEmotions { files.append("emotion_space/gaussians.safetensors") }
    for optional in ["tokenizer/tokenizer_config.json", "tokenizer/special_tokens_map.json"]
    where FileManager.default.fileExists(atPath: "\(path)/\(optional)") {
      files.append(optional)
    }
    return files.sorted()
  }
}
