/// What the classes of pipelines in diffusers are.
enum PipelineFamily {
  /// Pipelines whose parts render as `StableDiffusionPipeline` does.
  static let supported: Set<String> = [
    "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "LatentConsistencyModelPipeline",
    "LatentConsistencyModelImg2ImgPipeline",
  ]

  /// Pipelines with the networks of Stable Diffusion that denoise in another way.
  private static let otherMethods: Set<String> = [
    "StableDiffusionPanoramaPipeline", "StableDiffusionSAGPipeline", "StableDiffusionPAGPipeline",
    "StableDiffusionPAGImg2ImgPipeline", "StableDiffusionAttendAndExcitePipeline", "StableDiffusionPipelineSafe",
    "StableDiffusionModelEditingPipeline", "StableDiffusionParadigmsPipeline", "SemanticStableDiffusionPipeline",
    "StableDiffusionDiffEditPipeline", "StableDiffusionLDM3DPipeline", "CycleDiffusionPipeline",
    "StableDiffusionPix2PixZeroPipeline", "StableDiffusionKDiffusionPipeline", "TextToVideoZeroPipeline",
  ]

  /// By a part of the class's name; the first match counts.
  private static let families: [(part: String, what: String)] = [
    ("StableDiffusionXL", "Stable Diffusion XL, with two text encoders"), ("SDXL", "Stable Diffusion XL"),
    ("StableDiffusion3", "Stable Diffusion 3, a transformer"), ("Onnx", "a model in ONNX form"),
    ("ORT", "a model in ONNX form"),
    ("OVStableDiffusion", "a model in OpenVINO form"), ("FlaxStableDiffusion", "a model for Flax"),
    ("ControlNet", "a ControlNet with its base model"), ("Adapter", "a T2I-Adapter with its base model"),
    ("StableUnCLIP", "Stable unCLIP, which is conditioned on image embeddings"), ("UnCLIP", "unCLIP"),
    ("InstructPix2Pix", "InstructPix2Pix, which edits pictures (8 input channels)"),
    ("Depth2Img", "a depth-to-image model (5 input channels)"),
    ("Inpaint", "an inpainting model (9 input channels)"), ("Upscale", "an upscaling model"),
    ("SuperResolution", "an upscaling model"), ("ImageVariation", "image variation, conditioned on images"),
    ("PaintByExample", "Paint by Example, conditioned on images"), ("GLIGEN", "GLIGEN, with grounding layers"),
    ("RectifiedFlow", "rectified flow (InstaFlow), which is another kind of diffusion"),
    ("InstaFlow", "rectified flow (InstaFlow), which is another kind of diffusion"),
    ("FlowMatch", "flow matching, which is another kind of diffusion"),
    ("PeRFlow", "rectified flow (PeRFlow), which is another kind of diffusion"),
    ("AltDiffusion", "AltDiffusion, with an XLM-RoBERTa text encoder"), ("Kandinsky", "Kandinsky"),
    ("PixArt", "PixArt, a transformer with a T5 text encoder"), ("Flux", "Flux, a transformer"),
    ("Hunyuan", "a Hunyuan model, a transformer"), ("Kolors", "Kolors"), ("StableCascade", "Stable Cascade"),
    ("Wuerstchen", "Würstchen"), ("DeepFloyd", "DeepFloyd IF"), ("IF", "DeepFloyd IF"),
    ("LDM", "latent diffusion of 2021"),
    ("AnimateDiff", "AnimateDiff, a video model"), ("Video", "a video model"), ("Audio", "an audio model"),
    ("Marigold", "Marigold, which estimates depth or normals"), ("ConsistencyModel", "a consistency model on pixels"),
    ("QwenImage", "Qwen-Image, a transformer"), ("Wan", "Wan, a video model"), ("Sana", "Sana, a transformer"),
    ("Lumina", "Lumina, a transformer"), ("Chroma", "Chroma, a transformer"), ("AuraFlow", "AuraFlow, a transformer"),
    ("ZImage", "Z-Image, a transformer"), ("DiT", "a transformer for classes"), ("Prior", "a prior without a decoder"),
  ]

  /// Why a pipeline is refused, and what to do.
  static func refusal(of name: String) -> String {
    if otherMethods.contains(name) {
      return
        "_class_name is \(name), which denoises the networks of Stable Diffusion in a way of its own: set it to StableDiffusionPipeline to render without that"
    }
    let family = families.first { name.contains($0.part) }?.what
    return
      "_class_name is \(name), \(family ?? "which is unknown here"): only Stable Diffusion 1.x and 2.x are rendered, "
      + "whose class is StableDiffusionPipeline"
  }
}
