import Checkpoints
import Files

/// The text encoder of a checkpoint under the names of transformers' `CLIPTextModel`.
///
/// Stable Diffusion 1.x stores OpenAI's CLIP with transformers' names (`cond_stage_model.transformer.`), 2.x OpenCLIP
/// (`cond_stage_model.model.`), whose attention holds query, key and value in one matrix. Some tools store the latter with
/// transformers' names too; its width tells it apart.
/// Sources: `ldm/modules/encoders/modules.py`; `open_clip/transformer.py`.
struct LDMTextEncoder: Sendable {
  let tensors: [String: StoredTensor]
  /// Whether it is that of Stable Diffusion 2.x.
  let isSecond: Bool
  let vocabulary: Int
  let positions: Int
  let width: Int
  let inner: Int
  let layers: Int

  /// The encoder of Stable Diffusion 2.x, OpenCLIP's ViT-H. Its last hidden states but one are used, so diffusers leaves
  /// the last layer out.
  private static let huge = (width: 1024, layers: 24)

  /// - Parameter usesLastLayer: what the configuration beside the checkpoint says; nil if it says nothing.
  /// - Throws: `CheckpointError` naming a tensor that is missing, misshapen or has no place.
  init(_ file: any TensorFile, usesLastLayer: Bool?) throws {
    let clip = TensorSection(file, prefix: "cond_stage_model.transformer.")
    let open = TensorSection(file, prefix: "cond_stage_model.model.")
    let isOpenCLIP = !open.isEmpty
    guard clip.isEmpty != open.isEmpty else {
      throw CheckpointError(
        .unsupported, file: file.path,
        clip.isEmpty
          ? "holds no text encoder of Stable Diffusion (cond_stage_model.transformer or cond_stage_model.model): get the whole checkpoint"
          : "holds two text encoders, one of Stable Diffusion 1.x and one of 2.x: two checkpoints were mixed, get it again"
      )
    }
    func used(_ stored: Int) -> Int {
      let hasOnlyUsed = stored == Self.huge.layers - 1
      return usesLastLayer ?? hasOnlyUsed ? stored : stored - 1
    }
    if isOpenCLIP {
      isSecond = true
      let stored = open.count("transformer.resblocks")
      layers = used(stored)
      (vocabulary, width) = try Self.table(open, "token_embedding.weight")
      positions = try open.shape("positional_embedding", rank: 2)[0]
      guard layers > 0 else {
        throw open.unsupported("its text encoder has \(stored) layers: the checkpoint is incomplete, get it again")
      }
      inner = try open.shape("transformer.resblocks.0.mlp.c_fc.weight", rank: 2)[0]
      tensors = try Self.openCLIP(open, width: width, layers: layers)
    } else {
      let prefix = clip.containsPrefix("text_model.") ? "text_model." : ""
      let stored = clip.count("\(prefix)encoder.layers")
      (vocabulary, width) = try Self.table(clip, "\(prefix)embeddings.token_embedding.weight")
      isSecond = width == Self.huge.width
      layers = isSecond ? used(stored) : stored
      positions = try clip.shape("\(prefix)embeddings.position_embedding.weight", rank: 2)[0]
      inner = try clip.shape("\(prefix)encoder.layers.0.mlp.fc1.weight", rank: 2)[0]
      tensors = try Self.clip(clip, prefix: prefix, layers: layers)
    }
  }

  private static func table(_ section: TensorSection, _ name: String) throws -> (rows: Int, width: Int) {
    let shape = try section.shape(name, rank: 2)
    return (shape[0], shape[1])
  }

  // MARK: - CLIP

  /// The names that a whole CLIP model has beside its text transformer, and buffers.
  private static let unused = ["vision_model.", "visual_projection.", "text_projection.", "logit_scale"]

  private static func clip(_ section: TensorSection, prefix: String, layers: Int) throws -> [String: StoredTensor] {
    var canonical = CanonicalTensors()
    var unplaced: [String] = []
    for name in section.names where !unused.contains(where: name.hasPrefix) && !name.hasSuffix(".position_ids") {
      let inner = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : ""
      guard ["embeddings.", "encoder.layers.", "final_layer_norm."].contains(where: inner.hasPrefix) else {
        unplaced.append(name)
        continue
      }
      let words = inner.split(separator: ".")
      if words.count > 2, words[1] == "layers", let layer = Int(words[2]), layer >= layers { continue }
      try canonical.add("text_model.\(inner)", section.stored(name))
    }
    try CanonicalTensors.refuse(unplaced, of: section, network: "text encoder")
    return canonical.tensors
  }

  // MARK: - OpenCLIP

  private static let outer = [
    "positional_embedding": "embeddings.position_embedding.weight",
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight", "ln_final.bias": "final_layer_norm.bias",
  ]

  /// The projection into the space of images and training's temperature, which conditioning does not use.
  private static let unusedOpen = ["text_projection", "logit_scale", "attn_mask"]

  private static let parts = [
    "ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
  ]

  private static func openCLIP(_ section: TensorSection, width: Int, layers: Int) throws -> [String: StoredTensor] {
    var canonical = CanonicalTensors()
    var unplaced: [String] = []
    for name in section.names where !unusedOpen.contains(name) {
      if let new = outer[name] {
        try canonical.add("text_model.\(new)", section.stored(name))
        continue
      }
      let words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard words.count >= 5, words[0] == "transformer", words[1] == "resblocks", let layer = Int(words[2]) else {
        unplaced.append(name)
        continue
      }
      guard layer < layers else { continue }
      let block = "text_model.encoder.layers.\(layer)"
      let rest = words.dropFirst(3).joined(separator: ".")
      let (part, last) = (words.dropFirst(3).dropLast().joined(separator: "."), words[words.count - 1])
      if ["attn.in_proj_weight", "attn.in_proj_bias"].contains(rest) {
        let kind = rest.dropFirst("attn.in_proj_".count)
        let shape = try section.shape(name, rank: kind == "weight" ? 2 : 1)
        guard shape[0] == 3 * width else {
          throw CheckpointError(
            .misshapen, file: section.file.path,
            "tensor '\(section.prefix)\(name)' has the shape \(shape), where \(3 * width) rows are needed: query, key and value of width \(width)"
          )
        }
        for (index, projection) in ["q_proj", "k_proj", "v_proj"].enumerated() {
          try canonical.add(
            "\(block).self_attn.\(projection).\(kind)",
            section.stored(name, .rows(index * width..<(index + 1) * width)))
        }
      } else if let new = parts[part] {
        try canonical.add("\(block).\(new).\(last)", section.stored(name))
      } else {
        unplaced.append(name)
      }
    }
    try CanonicalTensors.refuse(unplaced, of: section, network: "text encoder")
    return canonical.tensors
  }
}
