import Checkpoints
package import Diffusion
import Files
import Foundation
package import Loaders
package import Models
package import Vocabulary

/// A base model with EmoGen's parts beside it.
package struct ModelFolder: Sendable {
  package let base: BaseModel
  /// `defaults`, whose sampler counts only without a `samplerProblem`.
  private let ownSettings: RenderSettings
  /// Why there is no default sampler.
  private let samplerProblem: CheckpointError?
  /// Whether the folder contains EmoGen's parts in addition to the base model.
  package let hasEmotions: Bool

  /// Reads the configurations only; weights are not read and networks not built.
  ///
  /// - Parameter variant: which of several weights are read, such as `non_ema`.
  /// - Throws: `CheckpointError` that names the file and its problem.
  package init(_ folder: String, variant: String? = nil) throws {
    base = try BaseModel(folder, variant: variant)
    let path = base.path
    try UnfinishedImport.refuse(in: path)
    (ownSettings, samplerProblem) = try Self.settings("\(path)/emogen.json", before: base)
    for side in [ownSettings.width, ownSettings.height] where side % base.multiple != 0 {
      throw CheckpointError(
        .malformed, file: "\(path)/emogen.json", "size \(side) is not a multiple of the VAE's \(base.multiple)")
    }
    hasEmotions = FileManager.default.fileExists(atPath: "\(path)/emotion_space")
  }

  package var path: String { base.path }
  package var variant: String? { base.variant }
  /// What was assumed or left out when the model was recognised and deserves a word, one sentence each.
  package var notes: [String] { base.notes }
  package var unet: UNetConfiguration { base.unet }
  package var vae: AutoencoderConfiguration { base.vae }
  package var text: CLIPTextConfiguration { base.text }
  package var scheduler: SchedulerConfiguration { base.scheduler }

  /// The scheduler's configuration for the sampler of `settings`, which is either the model's own or a chosen one.
  package func scheduler(for settings: RenderSettings) -> SchedulerConfiguration {
    settings.correctsScheduler ? scheduler.completed : scheduler
  }

  /// Widths and heights must be multiples of this.
  package var multiple: Int { base.multiple }

  /// The settings that apply unless a request sets its own.
  ///
  /// - Throws: `CheckpointError` if no sampler corresponds to the model's scheduler and `emogen.json` names none.
  package var defaults: RenderSettings {
    get throws {
      if let samplerProblem { throw samplerProblem }
      return ownSettings
    }
  }

  /// A request's settings.
  ///
  /// - Throws: as `defaults`, unless the request names a sampler.
  package func settings(_ given: SettingsOverride) throws -> RenderSettings {
    if given.sampler == nil, let samplerProblem { throw samplerProblem }
    return given.over(ownSettings)
  }

  /// Describes the model with the digests of its files.
  ///
  /// - Parameter loaded: the digests known from reading the weights; all other files are hashed now.
  package func describe(loaded: [ModelFile] = []) throws -> ModelDescription {
    let known = Dictionary(loaded.map { ($0.path, $0) }) { first, _ in first }
    return ModelDescription(
      name: base.name, folder: path, variant: variant, multiple: multiple,
      files: try files().map { try known[$0] ?? ModelFile(hashing: "\(base.root)/\($0)", as: $0) },
      defaults: ownSettings)
  }

  private static func settings(
    _ file: String, before base: BaseModel
  ) throws -> (RenderSettings, samplerProblem: CheckpointError?) {
    guard FileManager.default.fileExists(atPath: file) else {
      return (base.defaults, base.schedulerProblem)
    }
    let given: ModelDefaults = try ConfigFile.read(from: file)
    let known = ModelDefaults.CodingKeys.allCases.map(\.stringValue)
    if let unknown = try ConfigFile.object(at: file).keys.sorted().first(where: { !known.contains($0) }) {
      throw CheckpointError(
        .unsupported, file: file, "key '\(unknown)' is unknown: the keys are \(known.joined(separator: ", "))")
    }
    var settings = base.defaults
    if let size = given.size {
      guard size.count == 2, size.allSatisfy({ $0 > 0 }) else {
        throw CheckpointError(.malformed, file: file, "key 'size': [width, height] is required")
      }
      (settings.width, settings.height) = (size[0], size[1])
    }
    settings.steps = given.steps ?? settings.steps
    if let sampler = given.sampler {
      settings.sampler = sampler
      settings.correctsScheduler = false
    }
    settings.guidance = given.guidance ?? settings.guidance
    return (settings, given.sampler == nil ? base.schedulerProblem : nil)
  }

  /// The names of all files that determine the images, sorted and relative to the model's folder.
  private func files() throws -> [String] {
    var files = try base.files()
    if hasEmotions {
      files += ["mapper/config.json", "emotion_space/gaussians.safetensors"]
      files += try WeightFolder(folder: "\(path)/mapper").files.map { "mapper/\($0)" }
    }
    return files.sorted()
  }
}
