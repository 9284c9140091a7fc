import Checkpoints
import Files

extension ModelConfiguration {
  /// The configuration of one tower of a `CLIPModel`. Files of early versions of transformers repeat it under
  /// `text_config_dict` or `vision_config_dict`, which take precedence in all versions.
  func tower(_ key: String) throws -> ModelConfiguration {
    let (older, plain) = ("\(key)_dict", key)
    let chosen = has(older) && !isNull(older) ? older : plain
    allow([older, plain])
    if !has(chosen) || isNull(chosen) { return ModelConfiguration(file: file, values: [:]) }
    return try object(chosen)
  }

  /// Refuses the networks of other families by their names.
  func requireModelType(_ expected: String) throws {
    let type = try string("model_type", default: expected)
    guard type != expected else { return }
    throw CheckpointError(
      .unsupported, file: file,
      "key 'model_type' is \(type): \(Self.families[type] ?? "another network"), but Stable Diffusion 1.x and 2.x use \(expected)"
    )
  }

  /// Refuses networks from which attention heads were removed.
  func requireUnpruned() throws {
    guard let pruned = value("pruned_heads") as? [String: Any], !pruned.isEmpty else { return }
    throw unsupported("pruned_heads", Self.text(pruned), use: "{}")
  }

  private static let families = [
    "align": "ALIGN", "altclip": "AltCLIP, as in AltDiffusion", "altclip_text_model": "AltCLIP, as in AltDiffusion",
    "bert": "a BERT encoder, as in Taiyi or LDM text-to-image", "chinese_clip": "Chinese CLIP",
    "chinese_clip_text_model": "Chinese CLIP", "clip": "CLIP with both towers", "clip_text_model": "CLIP's text tower",
    "clip_vision_model": "CLIP's vision tower", "gemma2": "Gemma, as in Lumina and Sana", "ldmbert": "LDM's BERT",
    "llama": "LLaMA, as in HiDream and HunyuanVideo", "M-CLIP": "multilingual CLIP, as in Kandinsky 2",
    "mt5": "mT5, as in Hunyuan-DiT", "roberta": "RoBERTa", "roberta_series": "XLM-RoBERTa, as in AltDiffusion",
    "siglip": "SigLIP", "t5": "T5, as in SD 3, Flux, PixArt and DeepFloyd IF", "umt5": "UMT5",
    "xlm-roberta": "XLM-RoBERTa, as in AltDiffusion and Kandinsky",
  ]
}
