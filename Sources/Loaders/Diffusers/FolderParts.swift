import Checkpoints
import Files
import Foundation

/// Says what a folder is that does not have all parts of a model.
struct FolderParts {
  private let path: String
  private let names: Set<String>

  init(_ path: String) {
    self.path = path
    names = Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
  }

  /// - Throws: `CheckpointError`: `missingFile`, naming what is missing or what the folder is instead.
  func checkIndex() throws {
    guard !names.contains("model_index.json") else { return }
    throw CheckpointError(.missingFile, file: "\(path)/model_index.json", "the file is missing: " + substitute)
  }

  /// - Throws: `CheckpointError`: `missingFile`, naming all parts that are missing.
  func checkParts() throws {
    let missing = Self.parts.filter { !FileManager.default.fileExists(atPath: "\(path)/\($0.file)") }
    guard let first = missing.first else { return }
    if let (_, what) = Self.foreign.first(where: { names.contains($0.folder) }) {
      throw CheckpointError(.unsupported, file: path, "this folder has \(what), not Stable Diffusion 1.x or 2.x")
    }
    let files = missing.map(\.file).joined(separator: ", ")
    throw CheckpointError(
      .missingFile, file: "\(path)/\(first.file)",
      "there is no such file: the model misses \(missing.map(\.part).joined(separator: ", ")). Copy \(files) from the model's repository or from the model that it was trained from"
    )
  }

  /// What a folder without an index is, and what to do.
  private var substitute: String {
    if let config = try? ConfigFile.object(at: "\(path)/config.json") {
      let name = config["_class_name"] as? String ?? (config["architectures"] as? [Any])?.first as? String
      return
        "this is the folder of one part\(name.map { " (\($0))" } ?? ""), so name the folder above it that has all parts"
    }
    let adapters = names.filter { $0.hasPrefix("pytorch_lora_weights.") || $0.hasPrefix("adapter_") }.sorted()
    if let adapter = adapters.first {
      return "this is the folder of a LoRA (\(adapter)), so name the model that it adapts and pass the LoRA with --lora"
    }
    if Self.parts.allSatisfy({ FileManager.default.fileExists(atPath: "\(path)/\($0.file)") }) {
      return "all parts are there, so copy model_index.json from the model's repository as well"
    }
    let files = names.filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".ckpt") || $0.hasSuffix(".pt") }.sorted()
    if let file = files.first {
      return
        "the folder holds \(files.count == 1 ? "the file \(file)" : "\(files.count) files such as \(file)"), so name the file itself if it is a checkpoint"
    }
    return "a model folder has diffusers' layout (model_index.json, tokenizer, text_encoder, unet, vae, scheduler)"
  }

  private static let parts: [(part: String, file: String)] = [
    ("the U-Net", "unet/config.json"), ("the VAE", "vae/config.json"),
    ("the text encoder", "text_encoder/config.json"), ("the scheduler", "scheduler/scheduler_config.json"),
    ("the tokenizer", "tokenizer"),
  ]

  private static let foreign: [(folder: String, what: String)] = [
    ("transformer", "a transformer in the place of the U-Net (SD 3, Flux, PixArt or a later model)"),
    ("prior", "a prior (Kandinsky, unCLIP or Stable Cascade)"), ("movq", "Kandinsky's decoder"),
    ("text_encoder_3", "three text encoders (SD 3)"), ("text_encoder_2", "two text encoders (SDXL or a later model)"),
  ]
}
