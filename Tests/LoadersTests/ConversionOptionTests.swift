import Checkpoints
import Engine
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing

/// Conversions that replace the VAE or round the weights.
struct ConversionOptionTests {
  private static let vae = "\(SourceTree.tinyModel)/vae/diffusion_pytorch_model.safetensors"

  /// Writes the VAE of the shipped model in fp32 beside its configuration, with the first value of a tensor replaced.
  private func wideVAE(in folder: String, _ name: String? = nil, _ value: Float = 0) throws -> String {
    try FileManager.default.copyItem(
      atPath: "\(SourceTree.tinyModel)/vae/config.json", toPath: "\(folder)/config.json")
    let file = try SafetensorsFile(path: Self.vae)
    let path = "\(folder)/wide.safetensors"
    try Safetensors.write(
      path: path,
      tensors: try file.tensorNames.map { own in
        let tensor = try file.tensor(own)
        return (own, own == name ? Tensor(tensor.shape, [value] + tensor.values.dropFirst()) : tensor)
      })
    return path
  }

  private func bytes(_ file: any TensorFile, _ name: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try file.withBytes(of: name) { bytes = Array($0) }
    return bytes
  }

  /// Whether a file holds the same elements of the same types under the same names.
  private func expectSame(_ path: String, _ expected: String) throws {
    let (file, other) = (try SafetensorsFile(path: path), try SafetensorsFile(path: expected))
    #expect(Set(file.tensorNames) == Set(other.tensorNames))
    for name in other.tensorNames {
      #expect(try file.elementType(of: name) == other.elementType(of: name), "\(name)")
      #expect(try bytes(file, name) == bytes(other, name), "\(name)")
    }
  }

  @Test func anotherVAETakesThePlaceOfTheModelsOwn() async throws {
    try await TestFolder.with { folder in
      let given = try wideVAE(in: folder, "decoder.conv_out.bias", 0.5)
      var options = ModelConversion.Options()
      options.vae = try AddedVAE(given)
      try ModelConversion.run(BaseModel(SourceTree.tinyModel), into: "\(folder)/out", options)
      let made = "\(folder)/out/vae/diffusion_pytorch_model.safetensors"
      try expectSame(made, given)
      let source = try SafetensorsFile(path: made).metadata["converted_from"]
      #expect(source == "\(try TensorFiles.open(given).sha256())  wide.safetensors")
      #expect(
        try File.read("\(folder)/out/vae/config.json") == File.read("\(SourceTree.tinyModel)/vae/config.json"))
      try expectSame(
        "\(folder)/out/unet/diffusion_pytorch_model.safetensors",
        "\(SourceTree.tinyModel)/unet/diffusion_pytorch_model.safetensors")
    }
  }

  /// diffusers before 0.13 named the VAE's attention otherwise, and published VAEs still have these names.
  @Test func aVAEFileWithOlderNamesIsRead() async throws {
    try await TestFolder.with { folder in
      let given = try wideVAE(in: folder)
      let file = try SafetensorsFile(path: given)
      let older = [".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."]
      let old = "\(folder)/old.safetensors"
      try Safetensors.write(
        path: old,
        tensors: try file.tensorNames.map { name in
          (older.reduce(name) { $0.replacing($1.key, with: $1.value) }, try file.tensor(name))
        })
      #expect(try SafetensorsFile(path: old).tensorNames.contains { $0.contains(".query.") })
      var options = ModelConversion.Options()
      options.vae = try AddedVAE(old)
      try ModelConversion.run(BaseModel(SourceTree.tinyModel), into: "\(folder)/out", options)
      try expectSame("\(folder)/out/vae/diffusion_pytorch_model.safetensors", given)
    }
  }

  @Test func theIndexNamesTheClassOfATinyAutoencoder() async throws {
    try await TestFolder.with { folder in
      let golden = try SafetensorsFile(path: SourceTree.fixture("pictures/tiny-vae.safetensors"))
      try Folder.make("\(folder)/taesd")
      try Data((golden.metadata["config"] ?? "").utf8).write(to: URL(filePath: "\(folder)/taesd/config.json"))
      let shapes = try JSONDecoder().decode([String: [Int]].self, from: Data((golden.metadata["shapes"] ?? "").utf8))
      try Safetensors.write(
        path: "\(folder)/taesd/diffusion_pytorch_model.safetensors", tensors: shapes.map { ($0.key, Tensor($0.value)) })
      var options = ModelConversion.Options()
      options.vae = try AddedVAE("\(folder)/taesd")
      try ModelConversion.run(BaseModel(SourceTree.tinyModel), into: "\(folder)/out", options)
      let index = try JSONSerialization.jsonObject(with: Data(File.read("\(folder)/out/model_index.json")))
      #expect((index as? [String: Any])?["vae"] as? [String] == ["diffusers", "AutoencoderTiny"])
      let model = try BaseModel("\(folder)/out")
      guard case .tiny = model.vae else { throw NotObserved(description: "another VAE") }
      _ = try Autoencoder(model.weights(.vae), model.vae)
    }
  }

  @Test func roundedWeightsAreThoseThatWereWidened() async throws {
    try await TestFolder.with { folder in
      var options = ModelConversion.Options()
      options.vae = try AddedVAE(wideVAE(in: folder))
      options.halves = true
      try ModelConversion.run(BaseModel(SourceTree.tinyModel), into: "\(folder)/out", options)
      try expectSame("\(folder)/out/vae/diffusion_pytorch_model.safetensors", Self.vae)
    }
  }

  @Test func configurationsSayTheTypeToWhichWeightsAreRounded() async throws {
    try await TestFolder.with { folder in
      try copyTinyModel(to: "\(folder)/m")
      try edit("\(folder)/m/text_encoder/config.json", ["torch_dtype": "float32", "dtype": NSNull()])
      let before = try File.read("\(folder)/m/unet/config.json")
      var options = ModelConversion.Options()
      try ModelConversion.run(BaseModel("\(folder)/m"), into: "\(folder)/kept", options)
      options.halves = true
      try ModelConversion.run(BaseModel("\(folder)/m"), into: "\(folder)/out", options)
      for (out, type) in [("kept", "float32"), ("out", "float16")] {
        let text = String(decoding: try File.read("\(folder)/\(out)/text_encoder/config.json"), as: UTF8.self)
        #expect(text.contains(#""torch_dtype":"\#(type)""#), "\(text)")
        #expect(text.contains(#""dtype":"float16""#) == (out == "out"), "\(text)")
      }
      #expect(try File.read("\(folder)/out/unet/config.json") == before)
    }
  }

  @Test func aValueBeyondFP16IsRefusedByTheNameOfItsTensor() async throws {
    try await TestFolder.with { folder in
      let given = try wideVAE(in: folder, "decoder.conv_out.bias", 70_000)
      var options = ModelConversion.Options()
      options.vae = try AddedVAE(given)
      try ModelConversion.run(BaseModel(SourceTree.tinyModel), into: "\(folder)/wide", options)
      options.halves = true
      let error = try #require(throws: CheckpointError.self) {
        try ModelConversion.run(BaseModel(SourceTree.tinyModel), into: "\(folder)/out", options)
      }
      #expect(error.file == given)
      #expect(error.message.hasPrefix("tensor 'decoder.conv_out.bias' holds 70000.0, which 16 bits cannot"), "\(error)")
      #expect(try Folder.names(in: folder) == ["config.json", "wide", "wide.safetensors"])
    }
  }

  @Test(arguments: [
    ("latent_channels", 16, "latents have 16 channels"), ("layers_per_block", 7, "misses tensor"),
  ])
  func aVAEThatDoesNotFitIsRefusedBeforeAnythingIsWritten(key: String, value: Int, message: String) async throws {
    try await TestFolder.with { folder in
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/vae", toPath: "\(folder)/vae")
      let config = URL(filePath: "\(folder)/vae/config.json")
      var values = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: config)) as? [String: Any])
      values[key] = value
      try JSONSerialization.data(withJSONObject: values).write(to: config)
      var options = ModelConversion.Options()
      options.vae = try AddedVAE("\(folder)/vae")
      let error = try #require(throws: CheckpointError.self) {
        try ModelConversion.run(BaseModel(SourceTree.tinyModel), into: "\(folder)/out", options)
      }
      #expect(error.message.contains(message), "\(error)")
      #expect(try Folder.names(in: folder) == ["vae"])
    }
  }
}
