import Checkpoints
import Files

/// What a file of tensors is, told by the names in it.
///
/// Sources of the names: the published checkpoints' own code; `infer_diffusers_model_type` of diffusers lists most.
enum CheckpointKind {
  /// A kind of file and what to do with it.
  private struct Rule {
    /// Parts of names that give the kind away; any of them suffices.
    let marks: [String]
    let what: String
    let next: String
  }

  private static let older = "only models of the 1.x and 2.x families are supported"

  /// In the order in which they are tried: a file may carry the marks of several.
  private static let rules = [
    Rule(
      marks: [
        ".lora_down.", ".lora_up.", ".lora_A.", ".lora_B.", ".lora.down.", ".lora.up.", "lora_unet_", "lora_te_",
        ".hada_w1_", ".lokr_w1", ".lora_linear_layer.",
      ], what: "a LoRA", next: "render a model with it: --model MODEL --lora FILE"),
    Rule(
      marks: ["motion_modules."], what: "an AnimateDiff motion module",
      next: "it makes videos, which is not supported"),
    Rule(
      marks: ["control_model.", "controlnet_cond_embedding.", "controlnet_down_blocks.", "input_hint_block."],
      what: "a ControlNet", next: "control by pictures is not supported"),
    Rule(
      marks: ["adapter.body.", "body.0.block1."], what: "a T2I-Adapter", next: "control by pictures is not supported"),
    Rule(
      marks: ["ip_adapter.", "image_proj."], what: "an IP-Adapter", next: "control by pictures is not supported"),
    Rule(
      marks: ["conditioner.embedders.1."], what: "a Stable Diffusion XL checkpoint", next: older),
    Rule(
      marks: ["conditioner.embedders."], what: "a Stable Diffusion XL refiner checkpoint", next: older),
    Rule(marks: ["edm_mean"], what: "a Playground v2.5 checkpoint", next: older),
    Rule(marks: ["joint_blocks."], what: "a Stable Diffusion 3 checkpoint", next: older),
    Rule(marks: ["distilled_guidance_layer."], what: "a Chroma checkpoint", next: older),
    Rule(marks: ["double_blocks.", "double_stream_modulation"], what: "a Flux checkpoint", next: older),
    Rule(marks: ["clip_txt_mapper.", ".channelwise."], what: "a Stable Cascade checkpoint", next: older),
    Rule(marks: ["double_layers."], what: "an AuraFlow checkpoint", next: older),
    Rule(
      marks: ["scale_shift_table", "patchify_proj.", "adaLN_modulation", "cap_embedder.", "head.modulation"],
      what: "a checkpoint of a diffusion transformer", next: older),
    Rule(
      marks: ["decoder.layers.", "taesd_decoder."], what: "a tiny autoencoder (TAESD) alone",
      next: "render a model with it: --model MODEL --vae FILE"),
    Rule(
      marks: ["conv_first.weight", "RDB1.conv1", "model.0.weight"], what: "a network that enlarges pictures",
      next: "give the checkpoint of a Stable Diffusion model"),
    Rule(
      marks: ["emb_params", "string_to_param"], what: "an embedding by textual inversion",
      next: "render a model with it: --model MODEL --embedding FILE"),
    Rule(
      marks: ["mlp.0.weight", "fc_1.", "fc_2."], what: "a file of an EmoGen release",
      next: "import it into a model folder: emofarm models import FILE --out DIR"),
  ]

  /// The places of the parts of diffusers' layout, by a name that only this part has.
  private static let parts: [(mark: String, what: String, file: String)] = [
    ("down_blocks.0.resnets.0.time_emb_proj.weight", "a U-Net", "unet/diffusion_pytorch_model.safetensors"),
    ("embeddings.token_embedding.weight", "a text encoder", "text_encoder/model.safetensors"),
  ]

  static let denoiser = "model.diffusion_model."

  /// Refuses what is not a checkpoint of Stable Diffusion 1.x or 2.x with all parts.
  ///
  /// - Throws: `CheckpointError` that says what the file is and what to do with it.
  static func requireStableDiffusion(_ file: any TensorFile) throws {
    let names = file.tensorNames
    for rule in rules where rule.marks.contains(where: { mark in names.contains { has($0, mark) } }) {
      throw CheckpointError(.unsupported, file: file.path, "is \(rule.what), not a model: \(rule.next)")
    }
    let whole = TensorSection(file, prefix: "")
    let unet = TensorSection(file, prefix: denoiser)
    guard unet.contains("input_blocks.0.0.weight") else {
      throw CheckpointError(.unsupported, file: file.path, alone(whole, unet))
    }
    try requireDenoiser(unet)
    guard LDMAutoencoder.recognises(TensorSection(file, prefix: LDMCheckpoint.autoencoderPrefix(file))) else {
      throw CheckpointError(
        .missingTensor, file: file.path,
        "holds a U-Net but no VAE (first_stage_model): get the whole checkpoint, not a pruned part of it")
    }
  }

  /// A mark stands at the start of a name or of a word in it; one that begins with a dot stands anywhere.
  private static func has(_ name: String, _ mark: String) -> Bool {
    if mark.hasPrefix(".") { return name.contains(mark) }
    return name.hasPrefix(mark) || name.contains(".\(mark)")
  }

  /// What a file without the denoiser of a checkpoint holds.
  private static func alone(_ whole: TensorSection, _ unet: TensorSection) -> String {
    if LDMAutoencoder.recognises(whole)
      || LDMAutoencoder.recognises(TensorSection(whole.file, prefix: "first_stage_model."))
      || whole.contains("decoder.up_blocks.0.resnets.0.conv1.weight")
    {
      return "is a VAE alone, not a model: render a model with it: --model MODEL --vae FILE"
    }
    for (mark, what, place) in parts {
      if unet.contains(mark) {
        return
          "holds only \(what), with diffusers' names under '\(unet.prefix)', where a checkpoint also holds a text encoder and a VAE: get the whole checkpoint"
      }
      if whole.names.contains(where: { has($0, mark) }) {
        return
          "is \(what) alone, with diffusers' names: put it into a folder in diffusers' layout as \(place), beside the model's other parts"
      }
    }
    if whole.contains("input_blocks.0.0.weight") {
      return
        "is a U-Net alone, with the names of the original code, where a checkpoint also holds a text encoder and a VAE: get the whole checkpoint"
    }
    let shown = whole.names.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    return
      "is no kind of checkpoint that is known here: it holds \(whole.names.count) tensors (\(shown)\(whole.names.count > 3 ? ", …" : "")), but no 'model.diffusion_model.input_blocks.0.0.weight' as Stable Diffusion checkpoints do"
  }

  /// Refuses the relatives of the denoiser that take more than noisy latents and a text.
  private static func requireDenoiser(_ unet: TensorSection) throws {
    let inputs = try unet.shape("input_blocks.0.0.weight", rank: 4)[1]
    if unet.contains("scaled_fp8") || unet.names.contains(where: { $0.hasSuffix(".scale_weight") }) {
      throw unet.unsupported(
        "holds fp8 weights with scales of their own (scaled_fp8), which are not supported: get the checkpoint in fp16, or in fp8 without scales"
      )
    }
    if let reason = DenoiserInputs.refusal(inputs: inputs, outputs: 4, latents: 4) { throw unet.unsupported(reason) }
    if unet.containsPrefix("label_emb.") {
      throw unet.unsupported(
        "is a checkpoint whose U-Net takes a class or picture embedding (label_emb), such as Stable Diffusion XL or unCLIP: only text-to-image models of the 1.x and 2.x families are supported"
      )
    }
  }
}
