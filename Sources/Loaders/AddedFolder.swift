import Checkpoints
import Files
import Foundation

/// Finds the file in a folder that is given where a file is expected, as libraries save LoRAs and embeddings.
struct AddedFolder {
  let what: String
  /// In the order of preference.
  let names: [String]

  static let lora = AddedFolder(
    what: "LoRA",
    names: [
      "pytorch_lora_weights.safetensors", "adapter_model.safetensors", "pytorch_lora_weights.bin", "adapter_model.bin",
    ])
  static let embedding = AddedFolder(
    what: "embedding", names: ["learned_embeds.safetensors", "learned_embeds.bin"])

  /// `path` itself unless it is a folder.
  ///
  /// - Throws: `CheckpointError` if nothing is there, or the folder has none or several files that may be meant.
  func file(at path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CheckpointError(.missingFile, file: path, "there is no such \(what) file: check the path")
    }
    guard isFolder.boolValue else { return path }
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    if let known = names.first(where: files.contains) { return "\(path)/\(known)" }
    let candidates = files.filter { $0.hasSuffix(".safetensors") }
    guard let only = candidates.first, candidates.count == 1 else {
      throw CheckpointError(
        .missingFile, file: path,
        candidates.isEmpty
          ? "the folder has no \(names.joined(separator: " or ")): give the \(what)'s file"
          : "the folder has several files (\(candidates.prefix(5).joined(separator: ", "))): give one of them")
    }
    return "\(path)/\(only)"
  }
}
