/// The names of attention layers in files that diffusers wrote before 0.13, such as the VAE of Stable Diffusion 1.x.
enum AttentionNames {
  private static let names = [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")]

  /// The tensors with today's names: where a layer has all four matrices under the older ones, these and their biases are
  /// renamed. Matrices that were saved as 1×1 convolutions lose the axes of length 1.
  static func updated(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
    var result = tensors
    let last = ".proj_attn.weight"
    for name in tensors.keys where name.hasSuffix(last) {
      let layer = name.dropLast(last.count)
      guard names.allSatisfy({ tensors["\(layer).\($0.0).weight"] != nil }) else { continue }
      for (old, new) in names {
        for kind in ["weight", "bias"] {
          guard let tensor = result.removeValue(forKey: "\(layer).\(old).\(kind)") else { continue }
          let shape = (try? tensor.file.shape(of: tensor.name)) ?? []
          result["\(layer).\(new).\(kind)"] =
            shape.count == 4 && shape.suffix(2) == [1, 1]
            ? StoredTensor(tensor.file, tensor.name, .reshaped(Array(shape.prefix(2)))) : tensor
        }
      }
    }
    return result
  }
}
