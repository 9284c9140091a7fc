import Checkpoints
import Files

/// Says what files are that are no LoRA for this family of models, from the names of their tensors.
enum ForeignLoRA {
  /// Fragments of tensor names, and what a file with one of them is. The first entry that occurs decides.
  private static let kinds: [(fragments: [String], sentence: String)] = [
    (
      ["lora_controlnet", "input_hint_block", "controlnet_", "control_model"],
      "is a ControlNet or a ControlNet-LoRA, which is not supported"
    ),
    (
      ["lora_te3_", "text_encoder_3", "joint_blocks", "x_block", "context_block"],
      "is a LoRA for Stable Diffusion 3, which is not supported: use one for Stable Diffusion 1.x or 2.x"
    ),
    (
      ["double_blocks", "single_blocks", "single_transformer_blocks"],
      "is a LoRA for Flux, which is not supported: use one for Stable Diffusion 1.x or 2.x"
    ),
    (
      ["lora_te2_", "text_encoder_2", "add_embedding", "label_emb", "lora_te1_text_model_encoder_layers_12"],
      "is a LoRA for Stable Diffusion XL, which is not supported: use one for Stable Diffusion 1.x or 2.x"
    ),
    (
      [
        "lora_prior_", "lora_transformer_", "transformer.", "transformer_layers", "lora_unet_blocks_",
        "diffusion_model.layers",
      ],
      "is a LoRA for a diffusion transformer or another family, which is not supported: use one for Stable Diffusion "
        + "1.x or 2.x"
    ),
    (["temporal", "motion_modules"], "is a LoRA for a video model, which is not supported"),
    (["hada_"], "is a LyCORIS file of the algorithm LoHa, which is not supported: convert it to an ordinary LoRA"),
    (["lokr_"], "is a LyCORIS file of the algorithm LoKr, which is not supported: convert it to an ordinary LoRA"),
    (
      ["oft_blocks", "oft_diag", "oft_R", "oft_S", "boft"],
      "is a LyCORIS file of the algorithm OFT, which is not supported: convert it to an ordinary LoRA"
    ),
    (
      [".a1.weight", ".b1.weight"],
      "is a LyCORIS file of the algorithm GLoRA, which is not supported: convert it to an ordinary LoRA"
    ),
    (["on_input"], "is a LyCORIS file of the algorithm IA3, which is not supported"),
    (["lora_mid"], "has Tucker-decomposed convolutions (lora_mid), which are not supported: train without them"),
    (
      ["dora_scale", "lora_magnitude_vector"],
      "is a DoRA, whose magnitudes are not supported: convert it to an ordinary LoRA"
    ),
    (
      ["bundle_emb"], "bundles embeddings with the LoRA, which is not supported: use files of their own and --embedding"
    ),
    (["lora_B.bias", "lora_up.bias", "lora_bias"], "changes biases too, which is not supported"),
    (["string_to_param", "emb_params", "clip_g", "clip_l"], "is a textual inversion file: give it with --embedding"),
    (
      ["model.diffusion_model.", "cond_stage_model.", "first_stage_model."],
      "is a whole checkpoint rather than a LoRA: give it as the model"
    ),
    (["encoder.down_blocks", "decoder.up_blocks", "decoder.mid"], "is a VAE rather than a LoRA: give it with --vae"),
    (
      [".diff", "w_norm", "b_norm"],
      "holds differences of whole weights or norms, which are not supported: extract a LoRA"
    ),
    (["down_blocks.", "mid_block."], "holds the weights of a whole network rather than a LoRA: give a LoRA's file"),
  ]

  /// The sentence about a file that has these names, or nil.
  static func sentence(_ names: [String]) -> String? {
    // What a file is shows in its first names; a file may have hundreds of thousands of them.
    let shown = names.prefix(4096)
    return kinds.first { kind in kind.fragments.contains { fragment in shown.contains { $0.contains(fragment) } } }?
      .sentence
  }

  /// The error of a file with tensors that are none of a LoRA's.
  static func refusal(of path: String, _ names: [String]) -> CheckpointError {
    guard let first = names.first else {
      return CheckpointError(.unsupported, file: path, "has no tensors, so it is no LoRA: check the path")
    }
    let examples = list(names)
    guard let sentence = sentence(names) else {
      return CheckpointError(
        .unsupported, file: path,
        "is no LoRA that this program understands: it holds \(examples)"
          + (first.contains("lora") ? "" : ", and these are not the names of a LoRA"))
    }
    return CheckpointError(.unsupported, file: path, "\(sentence) (it holds \(examples))")
  }

  /// Up to three names, and how many more there are.
  static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).map { "'\(ForeignName.shown($0))'" }.joined(separator: ", ")
    return shown + (names.count > 3 ? " and \(names.count - 3) more tensors" : "")
  }
}
