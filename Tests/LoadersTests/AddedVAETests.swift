import Checkpoints
import Engine
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// A VAE apart from its model is read in every form in which it is published.
struct AddedVAETests {
  enum Form: String, CaseIterable, Sendable {
    case folder, model, fileBesideItsConfiguration, bareFile, bareBin, original, originalCheckpoint, wholeCheckpoint
  }

  private static let prefix = "first_stage_model."

  /// Writes the first family's VAE and returns the path to give.
  private static func write(_ form: Form, in home: String) throws -> String {
    let sample = try SampleModel(.first)
    let own = sample.tensors(of: "vae", as: .f16)
    let all = sample.checkpoint(as: .f16)
    var original = all.filter { $0.name.hasPrefix(prefix) }
    for index in original.indices { original[index].name.removeFirst(prefix.count) }
    switch form {
    case .folder, .model, .fileBesideItsConfiguration:
      try sample.writeFolder("\(home)/m", as: .f16)
      if form == .model { return "\(home)/m" }
      return form == .folder ? "\(home)/m/vae" : "\(home)/m/vae/diffusion_pytorch_model.safetensors"
    case .bareFile: return try store(own, .safetensors, "\(home)/vae.safetensors")
    case .bareBin: return try store(own, .zip, "\(home)/vae.bin")
    case .original: return try store(original, .safetensors, "\(home)/vae-ft-mse.safetensors")
    case .originalCheckpoint:
      let loss = StoredBytes("loss.discriminator.main.0.weight", zeros: [4, 3, 4, 4])
      return try store(original + [loss, StoredBytes("model_ema.decay", zeros: [])], .legacy, "\(home)/vae.vae.pt")
    case .wholeCheckpoint: return try store(all, .zip, "\(home)/model.ckpt")
    }
  }

  private static func store(
    _ tensors: [StoredBytes], _ container: TensorContainer, _ path: String
  ) throws -> String {
    try container.write(tensors, to: path)
    return path
  }

  private static func contents(of vae: AddedVAE) throws -> [String: [UInt32]] {
    let weights = try vae.weights()
    return try weights.names.reduce(into: [:]) { contents, name in
      let shape = try #require(weights.shape(of: name))
      contents[name] = try shape.map(UInt32.init) + weights.tensor(name, shape).values.map(\.bitPattern)
    }
  }

  @Test(arguments: Form.allCases) func everyFormIsTheSameVAE(_ form: Form) async throws {
    try await TestFolder.with { home in
      let expected = try Self.contents(of: AddedVAE(Self.write(.folder, in: "\(home)/expected")))
      try FileManager.default.createDirectory(atPath: "\(home)/given", withIntermediateDirectories: true)
      let path = try AddedFile(path: Self.write(form, in: "\(home)/given")).identified().path
      let vae = try AddedVAE(path)
      #expect(try Self.contents(of: vae) == expected)
      #expect(vae.configuration.scalingFactor == 0.18215)
      #expect(vae.configuration.factor == 4 && vae.configuration.latentChannels == 4)
      let built = try Autoencoder(vae.weights(), vae.configuration)
      try built.checkEncoder()
      _ = try built.decode(Tensor([1, 2, 2, 4], repeating: 0.5), on: Compute(threads: 1))
    }
  }

  @Test(arguments: [ElementType.f32, .bf16, .f8e5m2]) func everyTypeIsWidened(_ type: ElementType) async throws {
    try await TestFolder.with { home in
      let sample = try SampleModel(.second)
      try sample.writeFolder("\(home)/m", as: type)
      try TensorContainer.safetensors.write(sample.tensors(of: "vae", as: type), to: "\(home)/vae.safetensors")
      #expect(
        try Self.contents(of: AddedVAE("\(home)/vae.safetensors")) == Self.contents(of: AddedVAE("\(home)/m/vae")))
    }
  }

  // MARK: - TAESD

  /// Layers of TAESD: convolutions and blocks of three, in the given arrangement.
  private static func tiny(_ blocks: [Int], start: Int, input: Int, output: Int) -> [StoredBytes] {
    func convolution(_ name: String, _ shape: [Int], bias: Bool = true) -> [StoredBytes] {
      [StoredBytes("\(name).weight", .f32, shape, [Float](repeating: 0.01, count: shape.reduce(1, *)))]
        + (bias ? [StoredBytes("\(name).bias", zeros: [shape[0]])] : [])
    }
    var tensors = convolution("\(start)", [8, input, 3, 3])
    var index = start + 1
    let isDecoder = start > 0
    // The authors' decoder limits the latents and applies ReLU before its first block, and upsamples between levels.
    if isDecoder { index += 1 }
    for (level, count) in blocks.enumerated() {
      if !isDecoder && level > 0 {
        tensors += convolution("\(index)", [8, 8, 3, 3], bias: false)
        index += 1
      }
      for _ in 0..<count {
        for place in [0, 2, 4] { tensors += convolution("\(index).conv.\(place)", [8, 8, 3, 3]) }
        index += 1
      }
      if isDecoder && level < blocks.count - 1 {
        index += 1
        tensors += convolution("\(index)", [8, 8, 3, 3], bias: false)
        index += 1
      }
    }
    return tensors + convolution("\(index)", [output, 8, 3, 3])
  }

  private static func named(_ tensors: [StoredBytes], _ half: String, shift: Int) -> [StoredBytes] {
    tensors.map { tensor in
      var copy = tensor
      let parts = tensor.name.split(separator: ".", maxSplits: 1)
      copy.name = "\(half).layers.\((Int(parts[0]) ?? 0) - shift).\(parts[1])"
      return copy
    }
  }

  @Test func tinyAutoencodersAreReadInTheirForms() async throws {
    try await TestFolder.with { home in
      let decoder = Self.tiny([3, 1, 2], start: 1, input: 4, output: 3)
      let encoder = Self.tiny([2, 1, 3], start: 0, input: 3, output: 4)
      let both = Self.named(decoder, "decoder", shift: 1) + Self.named(encoder, "encoder", shift: 0)
      let authors = try AddedVAE(Self.store(decoder, .zip, "\(home)/taesd_decoder.pth"))
      let alone = try AddedVAE(
        Self.store(Self.named(decoder, "decoder", shift: 1), .safetensors, "\(home)/decoder.safetensors"))
      let whole = try AddedVAE(Self.store(both, .safetensors, "\(home)/taesd.safetensors"))
      #expect(try Self.contents(of: authors) == Self.contents(of: alone))
      let latents = Tensor([1, 2, 2, 4], [-0.5, 0.25, 1, -1] + [Float](repeating: 0.1, count: 12))
      let pictures = try [authors, alone, whole].map { vae in
        #expect(vae.configuration.factor == 4 && vae.configuration.latentChannels == 4)
        return try Autoencoder(vae.weights(), vae.configuration).decode(latents, on: Compute(threads: 1)).values
      }
      #expect(pictures[0] == pictures[1] && pictures[1] == pictures[2] && pictures[0].count == 8 * 8 * 3)
      try Autoencoder(whole.weights(), whole.configuration).checkEncoder()
      #expect(throws: CheckpointError.self) { try Autoencoder(alone.weights(), alone.configuration).checkEncoder() }
      let half = #expect(throws: CheckpointError.self) {
        try AddedVAE(Self.store(encoder, .zip, "\(home)/taesd_encoder.pth"))
      }
      #expect(half?.message.hasPrefix("is TAESD's encoder alone: give the decoder") == true)
    }
  }

  // MARK: - Decoders alone

  @Test func aDecoderAloneRendersAndSaysWhatItLacks() async throws {
    try await TestFolder.with { home in
      let sample = try SampleModel(.first)
      let tensors = sample.tensors(of: "vae", as: .f16)
      try sample.writeModel("\(home)/m", as: .f16)
      let file = "\(home)/m/vae/diffusion_pytorch_model.safetensors"
      let whole = try BaseModel("\(home)/m")
      let compute = try Compute(threads: 1)
      let latents = Tensor([1, 4, 4, 4], repeating: 0.5)
      let expected = try Autoencoder(whole.weights(.vae), whole.vae).decode(latents, on: compute)
      for keeps in [["decoder.", "post_quant_conv."], ["decoder.", "post_quant_conv.", "quant_conv."]] {
        let kept = tensors.filter { tensor in keeps.contains(where: tensor.name.hasPrefix) }
        try TensorContainer.safetensors.write(kept, to: file)
        let model = try BaseModel("\(home)/m")
        let decoder = try Autoencoder(model.weights(.vae), model.vae)
        #expect(try decoder.decode(latents, on: compute).values == expected.values)
        let error = #expect(throws: CheckpointError.self) { try decoder.checkEncoder() }
        #expect(error?.message.hasPrefix("holds a decoder only") == true)
      }
      // Half an encoder is a damaged file.
      let half = tensors.filter { !$0.name.hasPrefix("encoder.mid_block.") }
      try TensorContainer.safetensors.write(half, to: file)
      let error = #expect(throws: CheckpointError.self) {
        let model = try BaseModel("\(home)/m")
        return try Autoencoder(model.weights(.vae), model.vae)
      }
      #expect(error?.code == .missingTensor && error?.message.contains("encoder.mid_block") == true)
    }
  }

  // MARK: - What is refused

  @Test func whatDoesNotFitTheModelIsRefused() async throws {
    try await TestFolder.with { home in
      let base = try BaseModel(SourceTree.tinyModel)
      let deep = try AddedVAE(
        {
          try SampleModel(.second).writeFolder("\(home)/m"); return "\(home)/m/vae"
        }())
      let factor = #expect(throws: CheckpointError.self) { try deep.check(for: base) }
      #expect(factor?.message.hasPrefix("it has 8 pixels for each latent, but the model's VAE has 4") == true)
      let wide = Self.named(Self.tiny([1, 1, 1], start: 1, input: 16, output: 3), "decoder", shift: 1)
      let sixteen = try AddedVAE(Self.store(wide, .safetensors, "\(home)/taef1.safetensors"))
      let channels = #expect(throws: CheckpointError.self) { try sixteen.check(for: base) }
      #expect(channels?.message.hasPrefix("its latents have 16 channels, but the model's U-Net takes 4") == true)
    }
  }

  @Test(arguments: [
    ("lora_unet_conv_in.lora_down.weight", "is no VAE that is known here"), ("a", "it holds 1 tensors ('a'…)"),
    ("decoder.conv_in.weight", "is no VAE that is known here"),
    ("encoder.down.0.block.0.conv1.weight", "is no VAE that is known here"),
  ])
  func whatIsNoVAEIsRefused(_ tensor: String, _ message: String) async throws {
    try await TestFolder.with { home in
      try LoadersTests.write([(tensor, [1, 4, 3, 3])], to: "\(home)/x.safetensors")
      let error = #expect(throws: CheckpointError.self) { try AddedVAE("\(home)/x.safetensors") }
      #expect(error?.file == "\(home)/x.safetensors" && error?.message.contains(message) == true, "\(error as Any)")
      let missing = #expect(throws: CheckpointError.self) { try AddedVAE("\(home)/none") }
      #expect(missing?.message == "there is no such VAE: check the path")
    }
  }
}
