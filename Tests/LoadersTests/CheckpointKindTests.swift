import Checkpoints
import Files
import Foundation
import Loaders
import TestSupport
import Testing

/// What is no Stable Diffusion checkpoint of the 1.x and 2.x families is refused as what it is.
struct CheckpointKindTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let title: String
    let shapes: [(String, [Int])]
    let part: String
    var testDescription: String { title }

    init(_ title: String, _ shapes: [(String, [Int])], _ part: String) {
      (self.title, self.shapes, self.part) = (title, shapes, part)
    }
  }

  private static let denoiser = "model.diffusion_model.input_blocks.0.0.weight"
  private static let autoencoder = [
    ("first_stage_model.decoder.conv_in.weight", [64, 4, 3, 3]),
    ("first_stage_model.decoder.up.0.block.0.norm1.weight", [32]),
  ]

  private static let cases =
    [(5, "a depth-to-image"), (7, "an upscaling"), (8, "an image-editing"), (9, "an inpainting"), (12, "12 channels")]
    .map { Case("a U-Net of \($0) channels", [(denoiser, [32, $0, 3, 3])] + autoencoder, $1) } + [
      Case(
        "SDXL", [("conditioner.embedders.1.model.ln_final.weight", [8]), (denoiser, [32, 4, 3, 3])], "XL checkpoint"),
      Case("its refiner", [("conditioner.embedders.0.model.ln_final.weight", [8])], "XL refiner"),
      Case(
        "unCLIP", [(denoiser, [32, 4, 3, 3]), ("model.diffusion_model.label_emb.0.0.weight", [8, 8])] + autoencoder,
        "label_emb"),
      Case("SD 3", [("model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", [8, 8])], "Stable Diffusion 3"),
      Case("Flux", [("double_blocks.0.img_attn.qkv.weight", [8, 8])], "Flux"),
      Case("Chroma", [("distilled_guidance_layer.in_proj.weight", [8, 8])], "Chroma"),
      Case("Cascade", [("clip_txt_mapper.weight", [8, 8])], "Stable Cascade"),
      Case("a DiT", [("model.diffusion_model.blocks.0.adaLN_modulation.1.weight", [8, 8])], "diffusion transformer"),
      Case("a LoRA", [("lora_unet_conv_in.lora_down.weight", [2, 4, 3, 3])], "a LoRA, not a model: render"),
      Case("PEFT's LoRA", [("unet.mid_block.attentions.0.proj_in.lora_A.weight", [2, 8])], "--lora FILE"),
      Case("LoKr", [("lycoris_x.lokr_w1", [2, 2])], "a LoRA"),
      Case("ControlNet", [("control_model.input_hint_block.0.weight", [8, 3, 3, 3])], "a ControlNet"),
      Case("T2I-Adapter", [("adapter.body.0.block1.weight", [8, 8, 3, 3])], "T2I-Adapter"),
      Case("IP-Adapter", [("image_proj.proj.weight", [8, 8])], "IP-Adapter"),
      Case("AnimateDiff", [("down_blocks.0.motion_modules.0.x.weight", [8])], "AnimateDiff"),
      Case("TAESD", [("decoder.layers.0.weight", [64, 4, 3, 3])], "TAESD"),
      Case("an embedding", [("emb_params", [2, 768])], "--embedding FILE"),
      Case("an enlarger", [("model.0.weight", [64, 3, 3, 3])], "enlarges pictures"),
      Case("a release", [("mlp.0.weight", [8, 8])], "models import"),
      Case("a U-Net without the rest", [(denoiser, [32, 4, 3, 3])], "holds a U-Net but no VAE"),
      Case(
        "diffusers' U-Net", [("down_blocks.0.resnets.0.time_emb_proj.weight", [8, 8])],
        "is a U-Net alone, with diffusers' names"),
      Case(
        "a U-Net behind a prefix", [("model.diffusion_model.down_blocks.0.resnets.0.time_emb_proj.weight", [8, 8])],
        "holds only a U-Net"),
      Case("a text encoder", [("text_model.embeddings.token_embedding.weight", [8, 8])], "is a text encoder alone"),
      Case(
        "a VAE", [("decoder.conv_in.weight", [64, 4, 3, 3]), ("decoder.up.0.block.0.norm1.weight", [32])],
        "is a VAE alone, not a model: render a model with it: --model MODEL --vae FILE"),
      Case("diffusers' VAE", [("decoder.up_blocks.0.resnets.0.conv1.weight", [8, 8, 3, 3])], "is a VAE alone"),
      Case("no text encoder", [(denoiser, [32, 4, 3, 3])] + autoencoder, "tensor"),
      Case("something else", [("a.weight", [2]), ("b.weight", [2])], "holds 2 tensors ('a.weight', 'b.weight')"),
    ]

  @Test(arguments: cases, TensorContainer.allCases)
  func itIsNamedWhateverTheContainer(_ kind: Case, _ container: TensorContainer) async throws {
    try await TestFolder.with { home in
      let path = "\(home)/model.\(container == .safetensors ? "safetensors" : "ckpt")"
      try write(kind.shapes, to: path, container)
      let error = #expect(throws: CheckpointError.self) { try BaseModel(path) }
      #expect(error?.file == path)
      #expect(error?.message.contains(kind.part) == true, "\(String(describing: error))")
    }
  }

  /// A checkpoint of which a part is missing or of another one, opened and read as a worker would.
  private func refusal(
    _ family: SampleModel.Family, in home: String, _ change: (inout [StoredBytes]) -> Void
  ) throws -> CheckpointError? {
    var tensors = try SampleModel(family).checkpoint(as: .f16)
    change(&tensors)
    let path = "\(home)/model.safetensors"
    try TensorContainer.safetensors.write(tensors, to: path)
    let error = #expect(throws: CheckpointError.self) { try ExaminedModel.build(BaseModel(path)) }
    #expect(error?.file == path)
    return error
  }

  @Test func textEncodersAreNeededAndOnlyOne() async throws {
    try await TestFolder.with { home in
      let none = try refusal(.first, in: home) { $0.removeAll { $0.name.hasPrefix("cond_stage_model.") } }
      #expect(none?.message.hasPrefix("holds no text encoder of Stable Diffusion") == true)
      let both = try refusal(.first, in: home) {
        $0.append(StoredBytes("cond_stage_model.model.ln_final.bias", zeros: [64]))
      }
      #expect(both?.message.hasPrefix("holds two text encoders") == true)
    }
  }

  /// Every 23rd tensor, so that all kinds of block take part.
  @Test(arguments: SampleModel.Family.allCases)
  func aCheckpointThatLacksATensorIsRefused(_ family: SampleModel.Family) async throws {
    try await TestFolder.with { home in
      let used = try SampleModel(family).checkpoint(as: .f16).map(\.name).filter { name in
        !["betas", "alphas_cumprod", "position_ids", "text_projection", "logit_scale", "resblocks.2."]
          .contains(where: name.contains)
      }
      for index in stride(from: 0, to: used.count, by: 23) {
        let error = try refusal(family, in: home) { $0.removeAll { $0.name == used[index] } }
        #expect((1...600).contains(error?.message.count ?? 0), "\(used[index]): \(String(describing: error))")
      }
    }
  }

  @Test(arguments: SampleModel.Family.allCases)
  func aTensorWithoutAPlaceIsRefused(_ family: SampleModel.Family) async throws {
    try await TestFolder.with { home in
      let text = family == .first ? "transformer.text_model.encoder.extra" : "model.transformer.extra"
      for name in [
        "model.diffusion_model.input_blocks.1.0.extra.weight", "model.diffusion_model.extra",
        "model.diffusion_model.middle_block.7.weight", "first_stage_model.decoder.up.9.block.0.norm1.weight",
        "first_stage_model.encoder.extra.weight", "cond_stage_model.\(text).weight",
      ] {
        let error = try refusal(family, in: home) { $0.append(StoredBytes(name, zeros: [2])) }
        #expect(
          error?.code == .unexpectedTensor && error?.message.contains("'\(name)'") == true, "\(name): \(error as Any)")
      }
    }
  }

  @Test func shapesThatDisagreeAreRefused() async throws {
    try await TestFolder.with { home in
      for (name, shape) in [
        ("cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight", [128, 64]),
        ("cond_stage_model.model.positional_embedding", [77]),
        ("model.diffusion_model.input_blocks.1.0.out_layers.3.weight", [64, 64]),
        ("model.diffusion_model.input_blocks.0.0.weight", [64, 4]),
        ("first_stage_model.decoder.mid.attn_1.q.weight", [64, 64, 3, 3]),
        ("first_stage_model.decoder.conv_in.weight", [64, 0, 3, 3]),
      ] {
        let error = try refusal(.second, in: home) { tensors in
          tensors.removeAll { $0.name == name }
          tensors.append(StoredBytes(name, zeros: shape))
        }
        #expect(error?.code == .misshapen, "\(name): \(String(describing: error))")
      }
    }
  }
}
