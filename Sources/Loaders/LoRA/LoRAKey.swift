/// What the name of a tensor in a LoRA file says: which network and module it changes, and which factor it is.
///
/// Understood are the names of kohya's trainers (`lora_unet_…`, `lora_te_…`), of PEFT (`….lora_A.weight`) and of all
/// versions of diffusers (`….processor.to_q_lora.down.weight`, `….lora.down.weight`,
/// `….lora_linear_layer.down.weight`).
struct LoRAKey: Equatable {
  enum Role: Hashable, Sendable { case down, up, alpha }

  /// The network; nil if the name has no prefix that says it.
  let part: ModelPart?
  /// The module's path with underscores, such as `down_blocks_0_attentions_0_proj_in`, because kohya's names do not
  /// distinguish dots from underscores.
  let module: String
  let role: Role

  private static let endings: [(ending: String, role: Role)] = [
    (".lora_down", .down), (".lora_up", .up),
    (".lora_A", .down), (".lora_B", .up),
    (".lora.down", .down), (".lora.up", .up),
    (".lora_linear_layer.down", .down), (".lora_linear_layer.up", .up),
    ("_lora.down", .down), ("_lora.up", .up),
  ]

  private static let prefixes: [(prefix: String, part: ModelPart?)] = [
    ("base_model.model.", nil),
    ("unet.", .unet), ("lora_unet_", .unet), ("diffusion_model.", .unet), ("model.diffusion_model.", .unet),
    ("text_encoder.", .textEncoder), ("lora_te_", .textEncoder), ("lora_te1_", .textEncoder),
  ]

  /// The names of the attention's projections in text encoders as diffusers wrote them in 2023.
  private static let olderTextNames = [
    "_self_attn_to_q": "_self_attn_q_proj", "_self_attn_to_k": "_self_attn_k_proj",
    "_self_attn_to_v": "_self_attn_v_proj", "_self_attn_to_out": "_self_attn_out_proj",
  ]

  /// nil if the name is none of a LoRA's.
  init?(_ name: String) {
    guard let (path, role) = Self.role(of: name) else { return nil }
    var rest = path
    var part: ModelPart?
    while let (prefix, named) = Self.prefixes.first(where: { rest.hasPrefix($0.prefix) }) {
      rest = rest.dropFirst(prefix.count)
      part = named ?? part
    }
    guard !rest.isEmpty else { return nil }
    var module = rest.split(separator: ".").filter { $0 != "processor" }.joined(separator: "_")
    if part != .unet, module.hasPrefix("text_model_") { module.removeFirst("text_model_".count) }
    for (older, name) in Self.olderTextNames where module.hasSuffix(older) {
      module = module.dropLast(older.count) + name
    }
    if module.hasSuffix("_to_out") { module += "_0" }
    self.part = part
    self.module = module
    self.role = role
  }

  /// The role and the name without what says it.
  private static func role(of name: String) -> (path: Substring, role: Role)? {
    if name.hasSuffix(".alpha") {
      let path = name.dropLast(".alpha".count)
      let own = [".lora", "_lora"].first { path.hasSuffix($0) }
      return (path.dropLast(own?.count ?? 0), .alpha)
    }
    guard name.hasSuffix(".weight") else { return nil }
    let stem = name.dropLast(".weight".count)
    if let found = split(stem) { return found }
    // PEFT writes the adapter's name behind the factor's.
    guard let dot = stem.lastIndex(of: "."), let found = split(stem[..<dot]),
      stem[..<dot].hasSuffix(".lora_A") || stem[..<dot].hasSuffix(".lora_B")
    else { return nil }
    return found
  }

  private static func split(_ stem: Substring) -> (path: Substring, role: Role)? {
    endings.first { stem.hasSuffix($0.ending) }.map { (stem.dropLast($0.ending.count), $0.role) }
  }
}
