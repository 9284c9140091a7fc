import Models

/// The names under which diffusers and transformers keep a tensor today, for those that older versions wrote.
enum CanonicalName {
  /// - Returns: nil if the tensor is a buffer, is left over from training or belongs to a network that Stable Diffusion
  ///   does not use.
  static func of(_ name: String, in part: ModelPart) -> String? {
    switch part {
    case .unet, .vae: TrainingLeftover.includes(name) ? nil : name
    case .textEncoder: text(name)
    }
  }

  private static let towers = ["embeddings.", "encoder.layers.", "final_layer_norm."]

  /// transformers 5 writes the text transformer without the prefix; a whole CLIP model has a second tower beside it.
  private static func text(_ name: String) -> String? {
    let inner = name.hasPrefix("text_model.") ? String(name.dropFirst("text_model.".count)) : name
    guard towers.contains(where: inner.hasPrefix), !inner.hasSuffix("position_ids") else { return nil }
    return "text_model.\(inner)"
  }
}
