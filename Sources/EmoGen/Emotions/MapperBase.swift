import Checkpoints
import Foundation
package import Vocabulary

/// The files that were added to the base model on which a mapper was trained: the entry `base` of `training.json`
/// beside the mapper. Without the entry, nothing was added.
package struct MapperBase: Codable, Equatable {
  package static let file = "training.json"
  /// The entry's key.
  package static let key = "base"

  /// The SHA-256 of the mapper's weights. An entry with another one is left over from an earlier mapper.
  let mapper: String
  let vae: AddedFile?
  let loras: [LoRAUse]
  let embeddings: [EmbeddingUse]

  /// - Parameter mapper: the file with the mapper's weights.
  /// - Throws: `CheckpointError` if the file cannot be read.
  package init(_ additions: Additions, mapper: String) throws {
    self.mapper = try ModelFile(hashing: mapper, as: mapper).sha256
    vae = additions.vae
    loras = additions.loras
    embeddings = additions.embeddings
  }

  private struct Record: Decodable {
    let base: MapperBase?
  }

  /// Says what a mapper was trained with and a model renders without, in sentences.
  ///
  /// - Parameters:
  ///   - folder: the mapper's folder.
  ///   - mapper: the digests of the mapper's weight files.
  ///   - additions: what the model renders with.
  package static func notes(in folder: String, mapper: [String], rendering additions: Additions) -> [String] {
    let path = "\(folder)/\(file)"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let base: MapperBase?
    do {
      base = try ConfigFile.read(Record.self, from: path).base
    } catch {
      return ["it is unknown which files were added to the model that the mapper was trained on: \(error)"]
    }
    guard let base, mapper.contains(base.mapper) else { return [] }
    return base.differences(from: additions).map { "the mapper was trained with \($0), or emotions may look different" }
  }

  private func differences(from additions: Additions) -> [String] {
    var differences: [String] = []
    if let vae, vae.sha256 != additions.vae?.sha256 {
      differences.append("the VAE \(vae.path), which this request does not use: name it with --vae")
    }
    for use in loras where use.weight != 0 {
      let added = additions.loras.first { $0.file.sha256 == use.file.sha256 && $0.weight != 0 }
      guard added?.weight != use.weight else { continue }
      let now = added.map { "adds with the weight \($0.weight)" } ?? "does not add"
      differences.append("the LoRA \(use.written), which this request \(now): add it with --lora as written here")
    }
    return differences
  }
}
