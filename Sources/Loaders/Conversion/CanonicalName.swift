/// The names under which diffusers and transformers keep a tensor today, for those that older versions wrote.
enum CanonicalName {
  /// - Returns: nil if the tensor is a buffer or belongs to a network that Stable Diffusion does not use.
  static func of(_ name: String, in part: ModelPart) -> String? {
    switch part {
    case .unet: return name
    case .vae: return autoencoder(name)
    case .textEncoder: return text(name)
    }
  }

  private static let towers = ["embeddings.", "encoder.layers.", "final_layer_norm."]

  /// transformers 5 writes the text transformer without the prefix; a whole CLIP model has a second tower beside it.
  private static func text(_ name: String) -> String? {
    let inner = name.hasPrefix("text_model.") ? String(name.dropFirst("text_model.".count)) : name
    guard towers.contains(where: inner.hasPrefix), !inner.hasSuffix("position_ids") else { return nil }
    return "text_model.\(inner)"
  }

  private static let older = [
    ".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0.",
  ]

  /// diffusers before 0.13 named the projections of the VAE's attention after what they make.
  private static func autoencoder(_ name: String) -> String {
    guard name.contains(".attentions."), let pair = older.first(where: { name.contains($0.key) }) else { return name }
    return name.replacing(pair.key, with: pair.value)
  }
}
