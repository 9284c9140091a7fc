import Checkpoints
import Diffusion
import Files
import Foundation
import Models

/// A base model in diffusers' layout: one folder for each part, and `model_index.json`.
struct DiffusersFolder: ModelForm {
  let path: String
  let unet: UNetConfiguration
  let vae: AutoencoderConfiguration
  let text: CLIPTextConfiguration
  let scheduler: SchedulerConfiguration

  /// - Throws: `CheckpointError` that names the file and its problem.
  init(_ path: String) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: "\(path)/model_index.json") else {
      throw CheckpointError(
        .missingFile, file: "\(path)/model_index.json",
        "the file is missing: a model folder has diffusers' layout (model_index.json, tokenizer, text_encoder, unet, vae, scheduler)"
      )
    }
    unet = try UNetConfiguration(file: "\(path)/unet/config.json")
    vae = try AutoencoderConfiguration(file: "\(path)/vae/config.json")
    text = try CLIPTextConfiguration(file: "\(path)/text_encoder/config.json")
    scheduler = try Self.scheduler("\(path)/scheduler/scheduler_config.json")
  }

  var root: String { path }
  let notes: [String] = []

  func weights(_ part: ModelPart) throws -> Weights { try .open(folder: "\(path)/\(part.rawValue)", root: path) }

  func tokenizer() throws -> CLIPTokenizer { try CLIPTokenizer(folder: "\(path)/tokenizer") }

  func files() throws -> [String] {
    var files = ["scheduler/scheduler_config.json"]
    files += TokenizerFiles.names(in: "\(path)/tokenizer").map { "tokenizer/\($0)" }
    for part in ModelPart.allCases.map(\.rawValue) {
      files.append("\(part)/config.json")
      files += try WeightFolder(folder: "\(path)/\(part)").files.map { "\(part)/\($0)" }
    }
    return files
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
}
