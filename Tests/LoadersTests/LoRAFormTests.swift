import Checkpoints
import Engine
import Files
import Foundation
import Loaders
import TestSupport
import Testing
import Vocabulary

/// The forms in which LoRAs are stored, and files that are none.
struct LoRAFormTests {
  private static let kohya = SourceTree.fixture("additions/kohya.safetensors")

  /// The LoRA of the fixture under other names of its tensors.
  private enum Form: String, CaseIterable {
    case peft, peftFolder, adapterName, wrapped, diffusers, processors, original, originalDotted
  }

  @Test(arguments: Form.allCases)
  private func allFormsOfALoRAGiveTheSameBytes(_ form: Form) async throws {
    let (base, compute) = (try BaseModel(SourceTree.tinyModel), try Compute(threads: 1))
    let expected = try Self.merged(base, [(Self.kohya, 0.8)], on: compute)
    try await TestFolder.with { folder in
      let path = try Self.write(form, base, to: folder)
      #expect(try Self.merged(base, [(path, 0.8)], on: compute) == expected)
    }
  }

  @Test func lorasAreAddedInOrderAndWeightZeroChangesNothing() throws {
    let (base, compute) = (try BaseModel(SourceTree.tinyModel), try Compute(threads: 1))
    let plain = try Self.merged(base, [], on: compute)
    #expect(try Self.merged(base, [(Self.kohya, 0)], on: compute) == plain)
    #expect(try Self.merged(base, [(Self.kohya, 1)], on: compute) != plain)
    let peft = SourceTree.fixture("additions/peft.safetensors")
    #expect(
      try Self.merged(base, [(Self.kohya, 0), (peft, 0.5)], on: compute)
        == Self.merged(base, [(peft, 0.5)], on: compute))
    #expect(
      try Self.merged(base, [(peft, 0.5), (Self.kohya, 1)], on: Compute(threads: 2))
        == Self.merged(base, [(peft, 0.5), (Self.kohya, 1)], on: compute))
  }

  /// In fp8, 0x40 is 2 in e4m3 and in e5m2.
  @Test(arguments: [ElementType.f8e4m3, .f8e5m2])
  func alphaIsReadInEveryTypeThatWeightsHave(_ type: ElementType) async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/lora.safetensors"
      let module = "lora_unet_conv_in"
      try TensorContainer.safetensors.write(
        [
          StoredBytes("\(module).lora_down.weight", type, zeros: [1, 4]),
          StoredBytes("\(module).lora_up.weight", type, zeros: [2, 1]),
          StoredBytes("\(module).alpha", type, [], [0x40 as UInt8]),
        ], to: path)
      #expect(try LoRAFile(path).modules.map(\.scale) == [2])
    }
  }

  /// Tools that keep the name of SDXL's smaller encoder for embeddings of 1.x.
  @Test func anEmbeddingOfOneEncoderTakesTheFilesName() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/toy.safetensors"
      try Safetensors.write(path: path, tensors: [("clip_l", Tensor([2, 4], Array(repeating: 1, count: 8)))])
      let embedding = try TextualInversion(path)
      #expect(embedding.token == "toy" && embedding.vectors.shape == [2, 4])
      try Safetensors.write(
        path: path,
        tensors: [("clip_g", Tensor([1, 4], [1, 1, 1, 1])), ("clip_l", Tensor([1, 4], [1, 1, 1, 1]))])
      let error = #expect(throws: CheckpointError.self) { try TextualInversion(path) }
      #expect(error?.message.contains("Stable Diffusion XL") == true)
    }
  }

  @Test func filesOfOtherFamiliesAreNamed() async throws {
    let cases: [([String: [Int]], String)] = [
      (pair("lora_te2_text_model_encoder_layers_0_mlp_fc1", [2, 1280], [5120, 2]), "Stable Diffusion XL"),
      (pair("lora_unet_input_blocks_4_1_transformer_blocks_1_attn1_to_q", [2, 640], [640, 2]), "Stable Diffusion XL"),
      (pair("lora_unet_double_blocks_0_img_attn_qkv", [2, 3072], [9216, 2]), "Flux"),
      (pair("lora_transformer_single_transformer_blocks_0_attn_to_q", [2, 3072], [3072, 2]), "Flux"),
      (pair("transformer.transformer_blocks.0.attn.to_q", [2, 1536], [1536, 2]), "diffusion transformer"),
      (["lora_unet_conv_in.hada_w1_a": [4, 2]], "LoHa"), (["lora_unet_conv_in.lokr_w1": [4, 2]], "LoKr"),
      (["lora_unet_conv_in.oft_blocks": [4, 2]], "OFT"),
      (
        pair("lora_unet_conv_in", [2, 4, 3, 3], [64, 2, 1, 1]).merging(["lora_unet_conv_in.dora_scale": [64]]) { $1 },
        "DoRA"
      ),
      (["lora_controlnet": [1], "input_hint_block.0.weight": [4, 2]], "ControlNet"),
      (["emb_params": [1, 128]], "--embedding"), (["model.diffusion_model.x.weight": [1]], "whole checkpoint"),
      (["weird": [1]], "no LoRA that this program understands"),
      (pair("lora_unet_down_blocks_7_attentions_0_proj_in", [2, 64], [64, 2]), "no place for"),
      (
        pair("lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k", [2, 1024], [192, 2]),
        "text width of 1024"
      ),
      (pair("lora_unet_conv_in", [2, 4, 3, 3], [32, 2, 1, 1]), "[32, 4, 3, 3]"),
      (pair("lora_unet_conv_in", [2, 4, 3, 3], [64, 3, 1, 1]), "has rank 2 (shape [2, 4, 3, 3])"),
      (["lora_unet_conv_in.lora_down.weight": [2, 4, 3, 3]], "without the up factor"),
      (["lora_unet_conv_in.alpha": []], "without the down factor"),
    ]
    let (base, compute) = (try BaseModel(SourceTree.tinyModel), try Compute(threads: 1))
    try await TestFolder.with { folder in
      for (index, (shapes, part)) in cases.enumerated() {
        let path = "\(folder)/\(index).safetensors"
        try Safetensors.write(path: path, tensors: shapes.map { ($0, Tensor($1, repeating: 1)) })
        let error = #expect(throws: CheckpointError.self) { try Self.merged(base, [(path, 1)], on: compute) }
        #expect(error?.file == path)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "no error")")
      }
    }
  }

  @Test func valuesThatAreNotFiniteAreRefused() async throws {
    let (base, compute) = (try BaseModel(SourceTree.tinyModel), try Compute(threads: 1))
    try await TestFolder.with { folder in
      for (value, part) in [(Float.nan, "contains infinity or NaN"), (1e30, "exceeds the range of fp32")] {
        let path = "\(folder)/\(part.count).safetensors"
        try Safetensors.write(
          path: path,
          tensors: pair("lora_unet_conv_in", [2, 4, 3, 3], [64, 2, 1, 1]).map { ($0, Tensor($1, repeating: value)) })
        let error = #expect(throws: CheckpointError.self) { try Self.merged(base, [(path, 1)], on: compute) }
        #expect(error?.message.contains(part) == true)
      }
    }
  }

  // MARK: - Forms

  /// Every weight of both networks after merging, as bits.
  private static func merged(
    _ base: BaseModel, _ loras: [(path: String, weight: Double)], on compute: Compute
  ) throws -> [String: [UInt32]] {
    let uses = loras.map { LoRAUse(file: AddedFile(path: $0.path), weight: $0.weight) }
    let model = try AdaptedModel(base, Additions(loras: uses), on: compute)
    var found: [String: [UInt32]] = [:]
    for part in [ModelPart.unet, .textEncoder] {
      let weights = try model.weights(part)
      for name in weights.names where !name.hasSuffix("position_ids") {
        let shape = try #require(weights.shape(of: name))
        found["\(part) \(name)"] = try weights.tensor(name, shape).values.map(\.bitPattern)
      }
    }
    return found
  }

  private static func write(_ form: Form, _ base: BaseModel, to folder: String) throws -> String {
    let source = try SafetensorsFile(path: kohya)
    let original = LDMNames(diffusers: try modules(of: base, .unet))
    var tensors: [(String, Tensor)] = []
    var alphas: [String: Double] = [:]
    for module in source.tensorNames.filter({ $0.hasSuffix(".lora_down.weight") }).map({ $0.prefix { $0 != "." } }) {
      let part = module.hasPrefix("lora_te_") ? ModelPart.textEncoder : .unet
      let key = module.replacing("lora_unet_", with: "").replacing("lora_te_text_model_", with: "")
      let path = try #require(
        try modules(of: base, part).first {
          $0.replacing("text_model.", with: "").replacing(".", with: "_") == key
        })
      let isText = part == .textEncoder
      let name = isText ? "text_encoder.text_model.\(path.replacing("text_model.", with: ""))" : "unet.\(path)"
      let down = try source.tensor("\(module).lora_down.weight")
      let up = try source.tensor("\(module).lora_up.weight")
      let alpha = Double(try source.tensor("\(module).alpha").values[0])
      let names: (down: String, up: String, alpha: String?)
      switch form {
      case .peft, .peftFolder: names = ("\(name).lora_A.weight", "\(name).lora_B.weight", nil)
      case .adapterName: names = ("\(name).lora_A.style.weight", "\(name).lora_B.style.weight", "\(name).alpha")
      case .wrapped:
        let inner = name.replacing("unet.", with: "unet.base_model.model.")
        names = ("\(inner).lora_A.weight", "\(inner).lora_B.weight", "\(inner).alpha")
      case .diffusers:
        let kind = isText ? "lora_linear_layer" : "lora"
        names = ("\(name).\(kind).down.weight", "\(name).\(kind).up.weight", "\(name).alpha")
      case .processors:
        let attention = path.contains(".attn") && !isText
        let older =
          attention
          ? name.replacing(".to_out.0", with: ".to_out").replacing(".to_", with: ".processor.to_") + "_lora"
          : name + ".lora"
        names = ("\(older).down.weight", "\(older).up.weight", "\(name).alpha")
      case .original, .originalDotted:
        guard !isText else {
          names = ("\(module).lora_down.weight", "\(module).lora_up.weight", "\(module).alpha")
          break
        }
        let own = try #require(original.original(path))
        let key = form == .original ? "lora_unet_\(own.replacing(".", with: "_"))" : "diffusion_model.\(own)"
        names = ("\(key).lora_down.weight", "\(key).lora_up.weight", "\(key).alpha")
      }
      tensors += [(names.down, down), (names.up, up)]
      if let key = names.alpha { tensors.append((key, Tensor([], [Float(alpha)]))) } else { alphas[name] = alpha }
    }
    guard !alphas.isEmpty else {
      let path = "\(folder)/lora.safetensors"
      try Safetensors.write(path: path, tensors: tensors)
      return path
    }
    var settings: [String: Any] = [:]
    for part in form == .peft ? ["unet.", "text_encoder."] : [""] {
      let own = alphas.filter { $0.key.hasPrefix(part) }.map { (key, alpha) in
        (key.replacing("unet.", with: "").replacing("text_encoder.", with: ""), alpha)
      }
      settings["\(part)lora_alpha"] = 8
      settings["\(part)alpha_pattern"] = Dictionary(uniqueKeysWithValues: own)
    }
    let json = try JSONSerialization.data(withJSONObject: settings)
    let path = "\(folder)/adapter_model.safetensors"
    guard form == .peftFolder else {
      let metadata = ["lora_adapter_metadata": String(decoding: json, as: UTF8.self)]
      try Safetensors.write(path: path, tensors: tensors, metadata: metadata)
      return path
    }
    try Safetensors.write(path: path, tensors: tensors)
    try json.write(to: URL(filePath: "\(folder)/adapter_config.json"))
    return folder
  }

  private static func modules(of base: BaseModel, _ part: ModelPart) throws -> [String] {
    try base.weights(part).names.filter { $0.hasSuffix(".weight") }.map { String($0.dropLast(".weight".count)) }
  }

  private func pair(_ module: String, _ down: [Int], _ up: [Int]) -> [String: [Int]] {
    ["\(module).lora_down.weight": down, "\(module).lora_up.weight": up]
  }
}
