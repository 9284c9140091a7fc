import Checkpoints
import Engine
import Files
import Foundation
import Models
import TestSupport
import Testing

/// diffusers' `AutoencoderTiny` with the weights of `Tests/Fixtures/pictures/make.py`.
struct TinyVAETests {
  private let compute: Compute
  private let golden: SafetensorsFile

  init() throws {
    compute = try Compute(threads: 2)
    golden = try SafetensorsFile(path: SourceTree.fixture("pictures/tiny-vae.safetensors"))
  }

  /// Writes the folder of the VAE.
  ///
  /// - Parameters:
  ///   - change: changes keys of the configuration.
  ///   - names: which tensors to write.
  private func write(
    in folder: String, change: ([String: Any]) -> [String: Any] = { $0 }, names: (String) -> Bool = { _ in true }
  ) throws {
    let config = try #require(golden.metadata["config"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any])
    try JSONSerialization.data(withJSONObject: change(object)).write(to: URL(filePath: "\(folder)/config.json"))
    let shapes = try JSONDecoder().decode([String: [Int]].self, from: Data((golden.metadata["shapes"] ?? "").utf8))
    let tensors = shapes.keys.sorted().enumerated().map { position, name in
      let shape = shapes[name] ?? []
      var generator = TorchGenerator(seed: UInt64(position))
      let fan = shape.count > 1 ? Float(shape.dropFirst().reduce(1, *)).squareRoot() : 10
      return (name, Tensor(shape, generator.normal(shape.reduce(1, *)).map { $0 / fan }))
    }
    try Safetensors.write(
      path: "\(folder)/diffusion_pytorch_model.safetensors", tensors: tensors.filter { names($0.0) })
  }

  private func load(_ folder: String) throws -> Autoencoder {
    try Autoencoder(Weights.open(folder: folder), AutoencoderConfiguration(file: "\(folder)/config.json"))
  }

  @Test func encoderAndDecoderAgreeWithDiffusers() async throws {
    try await TestFolder.with { folder in
      try write(in: folder)
      let vae = try load(folder)
      #expect(vae.configuration.factor == 4 && vae.configuration.latentChannels == 4)
      #expect(vae.configuration.scalingFactor == 1)
      let decoded = try vae.decode(golden.tensor("given").channelsLast, on: compute)
      #expect(Comparison(decoded.values, try golden.tensor("decoded").channelsLast.values).maximum < 1e-4)
      let pixels = try golden.tensor("pixels").channelsLast
      let expected = try golden.tensor("latents").channelsLast
      for sample in 0..<2 {
        let latents = try vae.encode(pixels.slice(sample..<sample + 1), on: compute).draw(3) {
          Issue.record("AutoencoderTiny has no posterior to sample")
          return Tensor([0])
        }
        #expect(latents.shape == [3] + expected.shape.dropFirst())
        for copy in 0..<3 {
          let own = expected.slice(sample..<sample + 1).values
          #expect(Comparison(latents.slice(copy..<copy + 1).values, own).maximum < 1e-4)
        }
      }
    }
  }

  @Test func aDecoderAloneDecodesAndSaysWhatItLacks() async throws {
    try await TestFolder.with { folder in
      try write(in: folder, names: { $0.hasPrefix("decoder.") })
      let vae = try load(folder)
      let decoded = try vae.decode(golden.tensor("given").channelsLast, on: compute)
      #expect(Comparison(decoded.values, try golden.tensor("decoded").channelsLast.values).maximum < 1e-4)
      let error = #expect(throws: CheckpointError.self) {
        try vae.encode(golden.tensor("pixels").channelsLast.slice(0..<1), on: compute)
      }
      #expect(error?.message.contains("decoder only") == true)
    }
  }

  @Test func trainingRefusesItByName() async throws {
    try await TestFolder.with { folder in
      try write(in: folder)
      let error = #expect(throws: CheckpointError.self) { try load(folder).trainable() }
      #expect(error?.message.contains("AutoencoderTiny") == true)
    }
  }

  @Test(arguments: [
    ("act_fn", "mish" as any Sendable), ("upsample_fn", "bilinear"), ("upsampling_scaling_factor", 4),
    ("in_channels", 1), ("decoder_block_out_channels", [16, 32, 16]), ("num_decoder_blocks", [2, 1]),
    ("scaling_factor", 0), ("_class_name", "VQModel"),
  ])
  func anUnsupportedKeyIsNamed(key: String, value: any Sendable) async throws {
    try await TestFolder.with { folder in
      try write(in: folder) { $0.merging([key: value]) { $1 } }
      let error = #expect(throws: CheckpointError.self) { try load(folder) }
      #expect(error?.description.contains("config.json") == true)
      #expect(error?.message.contains(key) == true || key == "num_decoder_blocks", "\(error?.message ?? "")")
    }
  }
}
