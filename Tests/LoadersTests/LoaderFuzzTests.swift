import Checkpoints
import Engine
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// Damaged models and additions end in what they are or in one message, never in a trap.
struct LoaderFuzzTests {
  private static func bytes(_ path: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(filePath: path))) }

  /// A checkpoint in which only tensors whose shapes decide something have values, so that it is small.
  private static func small(_ family: SampleModel.Family) throws -> [StoredBytes] {
    let deciding = [
      "input_blocks.0.0.weight", "out.2.weight", "out_layers.3.weight", "attn2.to_k.weight", "conv1.weight",
      "conv_in.weight", "embedding.weight", "positional_embedding", "mlp.fc1.weight", "mlp.c_fc.weight", "in_proj_",
      "attn_1.",
    ]
    return try SampleModel(family).checkpoint(as: .f8e5m2).map { tensor in
      var shape = tensor.shape
      if deciding.contains(where: tensor.name.contains) {
        for axis in shape.indices where axis > 1 || shape[axis] > 1_000 { shape[axis] = 1 }
      } else if !shape.isEmpty {
        shape[0] = 0
      }
      return StoredBytes(tensor.name, tensor.type, zeros: shape)
    }
  }

  private static func describe(_ model: BaseModel) throws {
    _ = (model.defaults, model.notes, try model.files())
    for part in ModelPart.allCases { _ = try model.weights(part).names }
  }

  /// Fewer, because every input is a whole model of a thousand tensors.
  @Test func singleFiles() async throws {
    try await TestFolder.with { home in
      let seeds = try SampleModel.Family.allCases.map { try TensorContainer.safetensors.bytes(Self.small($0)) }
      for seed in seeds {
        try Data(seed).write(to: URL(filePath: "\(home)/m.safetensors"))
        try Self.describe(BaseModel("\(home)/m.safetensors"))
      }
      let inputs = Fuzzing.inputs / 20
      let outcome = try Fuzzing.run(
        seeds, name: "m.safetensors", folder: home, throwing: CheckpointError.self, inputs: inputs
      ) { try Self.describe(BaseModel($0)) }
      #expect(outcome.read > inputs / 50 && outcome.refused > inputs / 4, "\(outcome)")
    }
  }

  @Test func yaml() async throws {
    try await TestFolder.with { home in
      try TensorContainer.safetensors.write(Self.small(.second), to: "\(home)/m.safetensors")
      let yaml = """
        model:
          params: {parameterization: "v", linear_start: 0.00085, linear_end: 0.0120, timesteps: 1000,
            scale_factor: 0.18215, unet_config: {params: {num_head_channels: 64, in_channels: 4, out_channels: 4,
            model_channels: 64, context_dim: 64, num_res_blocks: 1, transformer_depth: 1, num_heads: -1}},
            cond_stage_config: {params: {layer: "penultimate", freeze: True}}}

        """
      let anchored = yaml.replacing("0.18215", with: "&a 0.18215").replacing("0.0120", with: "*a")
      try Data(yaml.utf8).write(to: URL(filePath: "\(home)/m.yaml"))
      try Self.describe(BaseModel("\(home)/m.safetensors"))
      let outcome = try Fuzzing.run(
        [yaml, anchored].map { Array($0.utf8) }, name: "m.yaml", folder: home, throwing: CheckpointError.self
      ) { path in
        let read = try #require(try CheckpointYAML(beside: path))
        _ = (try read.prediction(), try read.schedule(), try read.scale(), try read.usesLastLayer())
        _ = try read.heads([64, 128])
      }
      #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }

  @Test(arguments: [
    "model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json",
    "scheduler/scheduler_config.json",
  ])
  func configurations(_ file: String) async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      var seeds = [try Self.bytes("\(home)/m/\(file)")]
      for family in SampleModel.Family.allCases {
        if let own = try SampleModel(family).configurations[file] { seeds.append([UInt8](own)) }
      }
      func read(_ path: String) throws {
        switch file {
        case "unet/config.json": _ = try UNetConfiguration(file: path)
        case "vae/config.json": _ = try AutoencoderConfiguration(file: path)
        case "text_encoder/config.json": _ = try CLIPTextConfiguration(file: path)
        default: _ = try BaseModel("\(home)/m").defaults
        }
      }
      try read("\(home)/m/\(file)")
      let outcome = try Fuzzing.run(
        seeds, name: "m/\(file)", folder: home, throwing: CheckpointError.self, read: read)
      #expect(outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }

  /// Networks of configurations that changed only in their numbers; fewer, because weights are read.
  @Test(arguments: ModelPart.allCases) func networks(_ part: ModelPart) async throws {
    try await TestFolder.with { home in
      let base = try BaseModel(SourceTree.tinyModel)
      let file = "\(SourceTree.tinyModel)/\(part.rawValue)/config.json"
      func build(_ path: String) throws {
        let weights = try base.weights(part).examining()
        switch part {
        case .unet: _ = try UNet(weights, UNetConfiguration(file: path))
        case .vae: _ = try Autoencoder(weights, AutoencoderConfiguration(file: path))
        case .textEncoder: _ = try CLIPTextEncoder(weights, CLIPTextConfiguration(file: path))
        }
      }
      try build(file)
      let inputs = Fuzzing.inputs / 10
      let outcome = try Fuzzing.run(
        [Self.bytes(file)], name: "config.json", folder: home, throwing: CheckpointError.self, inputs: inputs,
        read: build)
      #expect(outcome.refused > inputs / 4, "\(outcome)")
    }
  }

  /// kohya's and PEFT's names, attention, a convolution, the text encoder, ranks and alphas.
  private static func lora() -> [[UInt8]] {
    let metadata = ["lora_adapter_metadata": #"{"unet.r": 1, "unet.lora_alpha": 2, "text_encoder.lora_alpha": 1}"#]
    return [bytes(modules(isPEFT: false)), bytes(modules(isPEFT: true), metadata: metadata)]
  }

  private static func bytes(_ tensors: [StoredBytes], metadata: [String: String] = [:]) -> [UInt8] {
    (try? TensorContainer.safetensors.bytes(tensors, metadata: metadata)) ?? []
  }

  private static func modules(isPEFT: Bool) -> [StoredBytes] {
    func module(_ name: String, _ down: [Int], _ up: [Int]) -> [StoredBytes] {
      let parts = isPEFT ? ["lora_A.weight", "lora_B.weight"] : ["lora_down.weight", "lora_up.weight"]
      let factors = zip(parts, [down, up]).map {
        StoredBytes("\(name).\($0)", .f16, $1, [Float](repeating: 0.5, count: $1.reduce(1, *)))
      }
      return isPEFT ? factors : factors + [StoredBytes("\(name).alpha", .f32, [], [1] as [Float])]
    }
    let attention = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k"
    let text = "encoder.layers.0.self_attn.q_proj"
    if isPEFT {
      return module("unet.\(attention)", [1, 128], [192, 1])
        + module("text_encoder.text_model.\(text)", [1, 128], [128, 1])
    }
    return module("lora_unet_\(attention.replacing(".", with: "_"))", [1, 128], [192, 1])
      + module("lora_unet_conv_in", [1, 4, 3, 3], [64, 1, 1, 1])
      + module("lora_te_text_model_\(text.replacing(".", with: "_"))", [1, 128], [128, 1])
  }

  @Test func loras() async throws {
    try await TestFolder.with { home in
      let base = try BaseModel(SourceTree.tinyModel)
      let compute = try Compute(threads: 1)
      func merge(_ path: String) throws {
        _ = try AdaptedModel(base, Additions(loras: [LoRAUse(file: AddedFile(path: path), weight: 0.5)]), on: compute)
      }
      for seed in Self.lora() {
        try Data(seed).write(to: URL(filePath: "\(home)/l.safetensors"))
        try merge("\(home)/l.safetensors")
      }
      let outcome = try Fuzzing.run(
        Self.lora(), name: "l.safetensors", folder: home, throwing: CheckpointError.self, read: merge)
      #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }

  @Test func loraFoldersSettings() async throws {
    try await TestFolder.with { home in
      let base = try BaseModel(SourceTree.tinyModel)
      let compute = try Compute(threads: 1)
      try Data(Self.bytes(Self.modules(isPEFT: true))).write(to: URL(filePath: "\(home)/adapter_model.safetensors"))
      let settings =
        #"{"r": 1, "lora_alpha": 8, "rank_pattern": {"to_k": 1}, "alpha_pattern": {"mid_block.*to_k": 2.5}, "use_rslora": true, "use_dora": false, "fan_in_fan_out": false, "bias": "none", "peft_type": "LORA", "target_modules": ["to_k"]}"#
      let outcome = try Fuzzing.run(
        [Array(settings.utf8)], name: "adapter_config.json", folder: home, throwing: CheckpointError.self
      ) { _ in
        _ = try AdaptedModel(base, Additions(loras: [LoRAUse(file: AddedFile(path: home))]), on: compute)
      }
      #expect(outcome.read > 0 && outcome.refused > 0, "\(outcome)")
    }
  }

  @Test(arguments: [["additions/cat.bin", "additions/toy.pt"], []]) func embeddings(_ fixtures: [String]) async throws {
    try await TestFolder.with { home in
      let plain = [
        StoredBytes("emb_params", .f32, [2, 16], (0..<32).map(Float.init)),
        StoredBytes("<cat>", .f16, [16], (0..<16).map(Float.init)),
      ]
      let seeds =
        fixtures.isEmpty
        ? try plain.map { try TensorContainer.safetensors.bytes([$0]) }
        : try fixtures.map { try Self.bytes(SourceTree.fixture($0)) }
      let outcome = try Fuzzing.run(
        seeds, name: "e.\(fixtures.isEmpty ? "safetensors" : "pt")", folder: home, throwing: CheckpointError.self
      ) { path in
        let inversion = try TextualInversion(path)
        if inversion.vectors.shape.count != 2 || inversion.token.isEmpty { Issue.record("\(inversion)") }
      }
      #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }

  @Test func vaeFiles() async throws {
    try await TestFolder.with { home in
      let small = try Self.small(.first)
      let original = small.filter { $0.name.hasPrefix("first_stage_model.") }
      let bare = original.map { tensor in
        StoredBytes(String(tensor.name.dropFirst("first_stage_model.".count)), tensor.type, zeros: tensor.shape)
      }
      let diffusers = try SampleModel(.first).tensors(of: "vae").map { tensor in
        let decides = tensor.name.contains("conv1.weight") || tensor.name.contains("conv_in.weight")
        return StoredBytes(
          tensor.name, .f8e5m2,
          zeros: tensor.shape.enumerated().map { decides ? ($0 > 1 ? 1 : $1) : ($0 == 0 ? 0 : $1) })
      }
      let tiny =
        ["0.weight", "2.conv.0.weight", "4.weight", "5.conv.0.weight", "6.weight"].map { name in
          StoredBytes("decoder.layers.\(name)", zeros: [4, 4, 1, 1])
        }
      let seeds = try [original, bare, diffusers, tiny].map { try TensorContainer.safetensors.bytes($0) }
      let outcome = try Fuzzing.run(
        seeds, name: "v.safetensors", folder: home, throwing: CheckpointError.self
      ) { path in
        let vae = try AddedVAE(path)
        _ = (vae.configuration.factor, try vae.weights().names)
      }
      #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }
}
