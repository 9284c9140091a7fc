import Checkpoints
import EmoGen
import Engine
import Files
import Foundation
import TestSupport
import Testing

/// Examining a model refuses what loading it refuses, in the same words.
struct ExaminationTests {
  /// Damages that leave the values finite: what the damage is, and how the message begins.
  private enum Damage: String, CaseIterable {
    case vocabulary, tensor, mapper, encoder
  }

  private func damage(_ folder: String, _ damage: Damage) throws -> String {
    func change(_ path: String, _ key: String, to value: Int) throws {
      let file = URL(filePath: "\(folder)/\(path)")
      var values = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      values[key] = value
      try JSONSerialization.data(withJSONObject: values).write(to: file)
    }
    switch damage {
    case .vocabulary:
      try change("text_encoder/config.json", "vocab_size", to: 600)
      try WeightDamage.change(
        "text_model.embeddings.token_embedding.weight", in: "\(folder)/text_encoder/model.safetensors"
      ) { $0.slice(0..<600) }
      return "the text encoder only 600 tokens"
    case .tensor:
      try WeightDamage.change("conv_in.weight", in: "\(folder)/unet/diffusion_pytorch_model.safetensors") {
        $0.slice(0..<2)
      }
      return "tensor 'conv_in.weight' has the shape"
    case .mapper:
      try change("mapper/config.json", "output", to: 64)
      return "mlp."
    case .encoder:
      try FileManager.default.removeItem(atPath: "\(folder)/vae/diffusion_pytorch_model.safetensors")
      return "vae"
    }
  }

  @Test(arguments: Damage.allCases)
  private func whatLoadingRefusesIsRefused(_ kind: Damage) async throws {
    try await TestFolder.with { home in
      let folder = "\(home)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
      let expected = try damage(folder, kind)
      let examined = try #require(throws: CheckpointError.self) { try ModelFolder(folder).examine() }
      let loaded = try #require(throws: CheckpointError.self) {
        try EmoGenPipeline.load(ModelFolder(folder), on: Compute(threads: 1))
      }
      #expect("\(examined)" == "\(loaded)")
      #expect("\(examined)".contains(expected), "\(examined)")
    }
  }

  @Test func everyPartIsNamedBeforeItIsRead() throws {
    var parts: [String] = []
    try ModelFolder(SourceTree.tinyModel).examine { parts.append($0) }
    #expect(parts == ["text_encoder", "mapper", "emotion_space", "unet", "vae"])
  }

  @Test func checksumsOfPyTorchsFilesAreCompared() async throws {
    try await TestFolder.with { folder in
      let original = SourceTree.fixture("checkpoints/torch/lightning-2-zip.ckpt")
      _ = try Weights(file: original).examining()
      let values = try SafetensorsFile(path: SourceTree.fixture("checkpoints/torch/lightning.safetensors"))
        .tensor("model.parameter").values
      var bytes = try Data(contentsOf: URL(filePath: original))
      let place = try #require(bytes.range(of: values.withUnsafeBytes { Data($0) }))
      bytes[place.lowerBound] ^= 1
      try bytes.write(to: URL(filePath: "\(folder)/damaged.ckpt"))
      let weights = try Weights(file: "\(folder)/damaged.ckpt")
      let error = try #require(throws: CheckpointError.self) { try weights.examining() }
      #expect(error.message.contains("the file is damaged, get it again"), "\(error)")
    }
  }
}
