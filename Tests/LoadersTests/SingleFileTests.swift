import Checkpoints
import Diffusion
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// Checkpoints with the names of the original training code are the models of their folders.
struct SingleFileTests {
  /// A kind of file and the type of its weights.
  struct Form: Sendable, CustomTestStringConvertible {
    let container: TensorContainer
    let type: ElementType
    var testDescription: String { "\(container.rawValue) in \(type.rawValue)" }

    static let all = [
      Form(container: .safetensors, type: .f32), Form(container: .safetensors, type: .f16),
      Form(container: .safetensors, type: .bf16), Form(container: .safetensors, type: .f8e5m2),
      Form(container: .zip, type: .f32), Form(container: .zip, type: .f16), Form(container: .legacy, type: .f32),
      Form(container: .legacy, type: .f16),
    ]

    /// Each with a family: what a form is does not depend on it, so the second family has one of each container.
    static let ofFamilies: [(SampleModel.Family, Form)] =
      all.map { (.first, $0) }
      + TensorContainer.allCases.compactMap { container in all.last { $0.container == container } }.map {
        (.second, $0)
      }
  }

  @Test(arguments: Form.ofFamilies)
  func aCheckpointIsTheModelOfItsFolder(_ family: SampleModel.Family, _ form: Form) async throws {
    try await TestFolder.with { home in
      let sample = try SampleModel(family)
      let name = form.container == .safetensors ? "model.safetensors" : "model.ckpt"
      try sample.writeModel("\(home)/folder", as: form.type)
      try form.container.write(
        sample.checkpoint(as: form.type), to: "\(home)/\(name)", numbers: ["epoch": 3, "global_step": 470000])
      let (folder, file) = (try BaseModel("\(home)/folder"), try BaseModel("\(home)/\(name)"))
      #expect(try contents(of: file) == contents(of: folder))
      #expect("\(file.unet)" == "\(folder.unet)")
      #expect("\(file.vae)" == "\(folder.vae)")
      #expect("\(file.text)" == "\(folder.text)")
      #expect(file.defaults == folder.defaults)
      #expect(file.scheduler.className == folder.scheduler.className)
      #expect(try file.tokenizer().encode("a photo, 42!") == folder.tokenizer().encode("a photo, 42!"))
      #expect(try file.files() == [name] && file.root == home && file.name == "model")
      for part in ModelPart.allCases { #expect(try file.weights(part).files.map(\.path) == [name]) }
    }
  }

  @Test(arguments: SampleModel.Family.allCases)
  func networksAreBuiltFromEveryTensor(_ family: SampleModel.Family) async throws {
    try await TestFolder.with { home in
      let path = "\(home)/model.safetensors"
      try TensorContainer.safetensors.write(SampleModel(family).checkpoint(as: .f16), to: path)
      let model = try BaseModel(path)
      _ = try UNet(model.weights(.unet), model.unet)
      _ = try Autoencoder(model.weights(.vae), model.vae)
      _ = try CLIPTextEncoder(model.weights(.textEncoder), model.text)
    }
  }

  /// Averaged weights, the discriminator of the autoencoder's training and bookkeeping are not part of the model.
  @Test(arguments: TensorContainer.allCases)
  func whatTrainingLeavesBehindIsLeftOut(_ container: TensorContainer) async throws {
    try await TestFolder.with { home in
      let sample = try SampleModel(.first)
      let own = sample.checkpoint(as: .f16)
      let averages = own.filter { $0.name.hasPrefix("model.diffusion_model.") }.map {
        StoredBytes("model_ema." + $0.name.dropFirst("model.".count).replacing(".", with: ""), zeros: $0.shape)
      }
      let others = [
        StoredBytes("model_ema.decay", zeros: []), StoredBytes("model_ema.num_updates", .i64, zeros: []),
        StoredBytes("first_stage_model.loss.discriminator.main.0.weight", zeros: [4, 3, 4, 4]),
        StoredBytes("first_stage_model.model_ema.decay", zeros: []), StoredBytes("logvar", zeros: [1000]),
        StoredBytes("posterior_mean_coef1", zeros: [1000]),
      ]
      try container.write(own, to: "\(home)/plain")
      try container.write(own + averages + others, to: "\(home)/whole")
      let (plain, whole) = (try BaseModel("\(home)/plain"), try BaseModel("\(home)/whole"))
      #expect(try contents(of: whole) == contents(of: plain))
      #expect(plain.notes.isEmpty)
      #expect(whole.notes.count == 2)
      #expect(whole.notes.contains { $0.contains("\(averages.count + 2) averaged weights") }, "\(whole.notes)")
      #expect(whole.notes.contains { $0.hasPrefix("the autoencoder: 2 tensors that training left there") })
      try container.write(own + [StoredBytes("strange", zeros: [1])], to: "\(home)/strange")
      #expect(try BaseModel("\(home)/strange").notes.first?.contains("left out: 'strange'") == true)
    }
  }

  /// Older conversions keep CLIP without `text_model`, and a whole CLIP model beside its text transformer.
  @Test func theTextEncoderIsReadInItsForms() async throws {
    try await TestFolder.with { home in
      let own = try SampleModel(.first).checkpoint(as: .f16)
      var bare = own
      for index in bare.indices { bare[index].name.replace("transformer.text_model.", with: "transformer.") }
      let clip = "cond_stage_model.transformer."
      let whole =
        own + [
          StoredBytes("\(clip)vision_model.embeddings.class_embedding", zeros: [8]),
          StoredBytes("\(clip)visual_projection.weight", zeros: [8, 8]),
          StoredBytes("\(clip)text_projection.weight", zeros: [64, 64]), StoredBytes("\(clip)logit_scale", zeros: []),
        ]
      let expected = try Self.textEncoder(own, in: home, "own")
      #expect(try Self.textEncoder(bare, in: home, "bare") == expected)
      #expect(try Self.textEncoder(whole, in: home, "whole") == expected)
    }
  }

  private static func textEncoder(
    _ tensors: [StoredBytes], in home: String, _ name: String
  ) throws -> [String: [UInt32]] {
    let path = "\(home)/\(name).safetensors"
    try TensorContainer.safetensors.write(tensors, to: path)
    return try contents(of: BaseModel(path), [.textEncoder])
  }

  /// What no shape shows: prediction and size follow from the step count, ModelSpec's metadata, or are assumed aloud.
  @Test func whatTheSecondFamilyPredictsIsToldOrAssumed() async throws {
    try await TestFolder.with { home in
      let tensors = try SampleModel(.second).checkpoint(as: .f16)
      func open(
        _ name: String, numbers: [String: Int] = [:], metadata: [String: String] = [:]
      ) throws -> BaseModel {
        let container = metadata.isEmpty ? TensorContainer.zip : .safetensors
        try container.write(tensors, to: "\(home)/\(name)", numbers: numbers, metadata: metadata)
        return try BaseModel("\(home)/\(name)")
      }
      for model in [
        try open("step.ckpt", numbers: ["global_step": 875_000]),
        try open("spec.safetensors", metadata: ["modelspec.prediction_type": "epsilon"]),
      ] {
        #expect(model.defaults.width == 512 && model.defaults.sampler == .pndm && model.notes.isEmpty)
      }
      let told = try open("v.safetensors", metadata: ["modelspec.prediction_type": "v"])
      let assumed = try open("other.ckpt", numbers: ["global_step": 140_000])
      for model in [told, assumed] { #expect(model.defaults.width == 768 && model.defaults.sampler == .ddim) }
      #expect(told.notes.isEmpty)
      #expect(assumed.notes.count == 1 && assumed.notes[0].contains("768-pixel velocity model"))
    }
  }

  /// OpenCLIP under transformers' names is recognised by its width, and its last layer is left out.
  @Test func theSecondFamilyIsRecognisedUnderTheFirstOnesNames() async throws {
    try await TestFolder.with { home in
      let text = "cond_stage_model.transformer.text_model."
      let own = try SampleModel(.second).checkpoint(as: .f16).filter { !$0.name.hasPrefix("cond_stage_model.") }
        .map { tensor in
          let takesText = ["attn2.to_k.weight", "attn2.to_v.weight"].contains { tensor.name.hasSuffix($0) }
          return takesText ? StoredBytes(tensor.name, zeros: [tensor.shape[0], 1024]) : tensor
        }
      let tables = ["embeddings.token_embedding.weight", "embeddings.position_embedding.weight"]
      let wide =
        tables.map { StoredBytes("\(text)\($0)", zeros: [8, 1024]) }
        + (0..<24).map { StoredBytes("\(text)encoder.layers.\($0).mlp.fc1.weight", zeros: [16, 1024]) }
      let path = "\(home)/wide.safetensors"
      try TensorContainer.safetensors.write(own + wide, to: path)
      let model = try BaseModel(path)
      #expect(model.defaults.width == 768 && model.defaults.sampler == .ddim)
      #expect(model.notes.count == 1 && model.notes[0].contains("768-pixel velocity model"))
      let names = try model.weights(.textEncoder).names
      #expect(names.contains { $0.contains("layers.22.") } && !names.contains { $0.contains("layers.23.") })
    }
  }

  /// Training tools mark what the weights do not show by empty tensors.
  @Test func markersOfVelocityAndZeroSignalAreObeyed() async throws {
    try await TestFolder.with { home in
      let tensors = try SampleModel(.first).checkpoint(as: .f16)
      func open(_ markers: [String]) throws -> BaseModel {
        let path = "\(home)/\(markers.joined(separator: "-")).safetensors"
        let empty = markers.map { StoredBytes($0, zeros: [0]) }
        try TensorContainer.safetensors.write(tensors + empty, to: path)
        return try BaseModel(path)
      }
      let velocity = try open(["v_pred"])
      #expect(velocity.scheduler.predictionType == .velocity && velocity.notes.isEmpty)
      #expect(velocity.defaults.sampler == .ddim && velocity.scheduler.rescaleBetasZeroSNR != true)
      let both = try open(["v_pred", "ztsnr"])
      #expect(both.scheduler.predictionType == .velocity && both.scheduler.rescaleBetasZeroSNR == true)
      #expect(both.scheduler.timestepSpacing == .trailing && both.defaults.sampler == .ddim)
    }
  }

  @Test(arguments: [
    ("model.diffusion_model.scaled_fp8", "fp8 weights with scales of their own"),
    ("model.diffusion_model.out.2.scale_weight", "fp8 weights with scales of their own"),
  ])
  func scaledWeightsAreCalledWhatTheyAre(_ name: String, _ message: String) async throws {
    try await TestFolder.with { home in
      let mark = StoredBytes(name, zeros: [1])
      try TensorContainer.safetensors.write(
        SampleModel(.first).checkpoint(as: .f16) + [mark], to: "\(home)/model.safetensors")
      let error = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/model.safetensors") }
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
  }
}
