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
  /// The variant that was found, such as `fp16`; nil for the plain names.
  package let variant: String?

  /// The names are those that diffusers and transformers write, in any variant.
  ///
  /// Safetensors files are preferred to PyTorch's. Where an index and a single file stand side by side, diffusers' parts
  /// are read through the index and transformers' from the single file, as these libraries do.
  ///
  /// - Parameter variant: The variant to read; a part that has only the plain names is read by them. Without it, the
  ///   plain names are read, or the only variant there is, or `fp16`.
  /// - Throws: `CheckpointError`: `missingFile` if there is none, or several and none of these.
  package init(folder: String, variant: String? = nil) throws {
    self.folder = folder
    let present = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    let candidates = present.compactMap(WeightFileName.init)
    let variants = Set(candidates.map(\.variant))
    let chosen: String
    if let variant, variants.contains(variant) {
      chosen = variant
    } else if variants.contains("") {
      chosen = ""
    } else if variant == nil, variants.count == 1 || variants.contains("fp16") {
      chosen = variants.count == 1 ? variants.first ?? "" : "fp16"
    } else {
      throw Self.missing(folder, present, variants: variants, wanted: variant)
    }
    guard let best = candidates.filter({ $0.variant == chosen }).min(by: { $0.rank < $1.rank }) else {
      throw Self.missing(folder, present, variants: variants, wanted: variant)
    }
    self.variant = chosen.isEmpty ? nil : chosen
    if best.isIndex {
      let map = try Self.map(of: "\(folder)/\(best.name)", format: best.format)
      files = Set(map.values).sorted()
      index = (best.name, map)
    } else {
      files = [best.name]
      index = nil
    }
  }

  /// Opens the files and compares them with their index.
  ///
  /// A tensor is read from the shard that holds it, as in diffusers and transformers, which read whole shards: one that
  /// the index does not name is read too.
  ///
  /// - Throws: `CheckpointError` if a shard is missing, no shard holds a tensor of the index, or several hold one.
  func openFiles() throws -> [(name: String, file: any TensorFile)] {
    guard let index else { return try files.map { ($0, try TensorFiles.open("\(folder)/\($0)")) } }
    let path = "\(folder)/\(index.name)"
    var owners: [String: String] = [:]
    let opened = try files.map { name in
      let shard = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: shard) else {
        throw CheckpointError(
          .missingFile, file: shard,
          "there is no such file, but \(index.name) names it: get it, or delete the index if another file of the folder "
            + "has all weights")
      }
      let file = try TensorFiles.open(shard)
      for tensor in file.tensorNames {
        guard let other = owners.updateValue(name, forKey: tensor) else { continue }
        throw CheckpointError(
          .unexpectedTensor, file: path,
          "names \(other) and \(name), which both hold tensor '\(ForeignName.shown(tensor))': fetch them again")
      }
      return (name: name, file: file)
    }
    for (tensor, shard) in index.map.sorted(by: { $0.key < $1.key }) where owners[tensor] == nil {
      throw CheckpointError(
        .missingTensor, file: path,
        "puts tensor '\(ForeignName.shown(tensor))' into \(shard), but no shard has one of that name: fetch both again")
    }
    return opened
  }

  private static func missing(
    _ folder: String, _ present: [String], variants: Set<String>, wanted: String?
  ) -> CheckpointError {
    let listed = variants.sorted().map { "'\(ForeignName.shown($0))'" }.joined(separator: ", ")
    if present.isEmpty {
      return CheckpointError(.missingFile, file: folder, "there is no such folder, or it is empty")
    }
    if variants.isEmpty {
      let other = present.first { name in
        [".onnx", ".msgpack", ".h5", ".xml", ".gguf", ".ckpt", ".pt", ".pth", ".bin", ".safetensors"]
          .contains(where: name.hasSuffix)
      }
      return CheckpointError(
        .missingFile, file: folder,
        "has neither diffusion_pytorch_model.safetensors nor model.safetensors, nor their .index.json, variants "
          + "(NAME.VARIANT.safetensors) or .bin forms"
          + (other.map { ": '\(ForeignName.shown($0))' is none of them" } ?? ""))
    }
    return CheckpointError(
      .missingFile, file: folder,
      wanted.map {
        "has no weights of the variant '\(ForeignName.shown($0))': there \(variants.count == 1 ? "is" : "are") \(listed); "
          + "choose one of them"
      }
        ?? "has weights of the variants \(listed) and none without a variant: choose one with --variant, or, for a VAE beside the model, name its file"
    )
  }

  private static func map(of path: String, format: WeightFileName.Format) throws -> Map {
    struct Index: Decodable {
      let weightMap: Map
      enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
    }
    let map = try ConfigFile.read(Index.self, from: path).weightMap
    guard !map.isEmpty else {
      throw CheckpointError(.malformed, file: path, "its weight_map names no tensor: fetch the file again")
    }
    for (tensor, shard) in map.sorted(by: { $0.key < $1.key }) {
      guard shard.hasSuffix(".\(format.rawValue)"), !shard.contains("/"), !shard.hasPrefix("."), !shard.contains("\0")
      else {
        throw CheckpointError(
          .malformed, file: path,
          "its weight_map puts tensor '\(ForeignName.shown(tensor))' into '\(ForeignName.shown(shard))', which is not the "
            + "name of a .\(format.rawValue) file")
      }
    }
    return map
  }
}
