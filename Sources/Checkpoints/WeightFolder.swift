import Files
import Foundation

/// Finds the weight files in the folder of one part of a model, such as `unet`.
package struct WeightFolder: Sendable {
  /// An index's `weight_map`: each tensor's shard.
  package typealias Map = [String: String]

  package let folder: String
  /// The sorted file names in the folder; only one unless the weights are sharded.
  package let files: [String]
  /// The name of the index of sharded weights and its map.
  package let index: (name: String, map: Map)?

  /// Full precision is preferred to an `fp16` variant, and one file to shards. The names are those that diffusers and
  /// transformers write.
  ///
  /// - Throws: `CheckpointError`: `missingFile` if there is none.
  package init(folder: String, variant: String? = nil) throws {
    self.folder = folder
    let present = Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    for variant in variant.map({ [".\($0)"] }) ?? ["", ".fp16"] {
      for stem in ["diffusion_pytorch_model", "model"] {
        let single = "\(stem)\(variant).safetensors"
        if present.contains(single) {
          files = [single]
          index = nil
          return
        }
        // diffusers puts the variant before `.index`, transformers after it.
        let names = ["\(stem).safetensors\(variant).index.json", "\(stem).safetensors.index\(variant).json"]
        if let name = names.first(where: present.contains) {
          let map = try Self.map(of: "\(folder)/\(name)")
          files = Set(map.values).sorted()
          index = (name, map)
          return
        }
      }
    }
    let pickles = present.filter { $0.hasSuffix(".bin") || $0.hasSuffix(".pt") || $0.hasSuffix(".pth") }.sorted()
    throw CheckpointError(
      .missingFile, file: folder,
      present.isEmpty
        ? "there is no such folder, or it is empty"
        : "has neither diffusion_pytorch_model.safetensors nor model.safetensors, nor their .index.json or .fp16 forms"
          + (pickles.first.map { ": \($0) is a PyTorch file, save it as safetensors" } ?? ""))
  }

  private static func map(of path: String) throws -> Map {
    struct Index: Decodable {
      let weightMap: Map
      enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
    }
    let map = try ConfigFile.read(Index.self, from: path).weightMap
    guard !map.isEmpty else {
      throw CheckpointError(.malformed, file: path, "its weight_map names no tensor: fetch the file again")
    }
    for (tensor, shard) in map.sorted(by: { $0.key < $1.key }) {
      guard shard.hasSuffix(".safetensors"), !shard.contains("/"), !shard.hasPrefix(".") else {
        throw CheckpointError(
          .malformed, file: path,
          "its weight_map puts tensor '\(tensor)' into '\(shard)', which is not the name of a safetensors file"
        )
      }
    }
    return map
  }
}
