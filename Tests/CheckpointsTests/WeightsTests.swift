import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing
import Vocabulary

struct WeightsTests {
  private let sharded = SourceTree.fixture("checkpoints/sharded")

  @Test func readsEveryTensorOfTheShippedModel() throws {
    let parts = [
      "text_encoder", "unet", "vae", "clip", "emotion_encoder", "mapper", "emotion_classifier", "attribute_classifier",
    ]
    for part in parts {
      let weights = try Weights.open(folder: "\(SourceTree.tinyModel)/\(part)")
      #expect(try weights.names == tensorNames(weights.path), "\(part)")
      for name in weights.names {
        let values = try weights.tensor(name, try #require(weights.shape(of: name))).values
        #expect(values.allSatisfy { $0.isFinite }, "\(part) \(name)")
      }
      try weights.finish()
    }
    let space = try Weights(file: "\(SourceTree.tinyModel)/emotion_space/gaussians.safetensors")
    #expect(try space.names == tensorNames(space.path))
    #expect(space.files.map(\.path) == ["emotion_space/gaussians.safetensors"])
  }

  /// The names in a file's header, sorted, read without the code under test.
  private func tensorNames(_ path: String) throws -> [String] {
    let data = try Data(contentsOf: URL(filePath: path))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: data.subdata(in: 8..<8 + length))
    let names = try #require(header as? [String: Any]).keys.filter { $0 != "__metadata__" }.sorted()
    try #require(!names.isEmpty)
    return names
  }

  @Test func recordsItsFilesWithTheirDigests() throws {
    let weights = try Weights.open(folder: sharded)
    #expect(
      weights.files == [
        ModelFile(
          path: "sharded/model-00001-of-00002.safetensors", bytes: 160,
          sha256: "f0388b9a252221ac1d0373c5d9912080fb389e53c58a6c564f20df5326a445e5"),
        ModelFile(
          path: "sharded/model-00002-of-00002.safetensors", bytes: 84,
          sha256: "0f261a53871b5c8c2230d1811dfb0df249830ce55aa392666b03038158d5fa20"),
      ])
    let root = SourceTree.fixture("")
    #expect(
      try Weights.open(folder: sharded + "/", root: root).files.map(\.path)
        == weights.files.map { "checkpoints/\($0.path)" })
    for file in weights.files {
      let path = SourceTree.fixture("checkpoints/\(file.path)")
      #expect(try ModelFile(hashing: path, as: file.path) == file)
    }
  }

  @Test func readsShardsThroughTheirIndex() throws {
    let weights = try Weights.open(folder: sharded)
    #expect(weights.names == ["a.bias", "a.weight", "b.weight"])
    #expect(try weights.tensor("a.weight", [2, 2]).values == [0, 1, 2, 3])
    #expect(try weights.tensor("b.weight", [3]).values == [0.5, 0.5, 0.5])
    #expect(weights.contains("a.bias"))
    #expect(!weights.contains("b.bias"))
    let error = try #require(throws: CheckpointError.self) { try weights.finish() }
    #expect(error.code == .unexpectedTensor)
    #expect(error.file?.hasSuffix("model-00001-of-00002.safetensors") == true)
    #expect(error.message.hasPrefix("holds 1 tensor that the model has no place for: 'a.bias'."))
    try weights.finish(ignoring: [".bias"])
    try weights.finish(ignoring: ["a."])
  }

  @Test func namesTheTensorThatIsMissingOrMisshapen() throws {
    let weights = try Weights.open(folder: sharded)
    let missing = try #require(throws: CheckpointError.self) { try weights.tensor("c.weight", [4, 4]) }
    #expect(missing.code == .missingTensor)
    #expect(missing.file?.hasSuffix("model.safetensors.index.json") == true)
    #expect(missing.message.hasPrefix("misses tensor 'c.weight' of shape [4, 4]"))
    let misshapen = try #require(throws: CheckpointError.self) { try weights.tensor("a.weight", [4]) }
    #expect(misshapen.code == .misshapen)
    #expect(misshapen.message.hasPrefix("tensor 'a.weight' has the shape [2, 2], where the model needs [4]"))
    #expect(throws: CheckpointError.self) { try weights.integers("a.weight", [2, 2]) }
  }

  @Test(arguments: [
    ("fp16 variant", ["model.fp16.safetensors"], "model.fp16.safetensors"),
    ("single before fp16", ["diffusion_pytorch_model.fp16.safetensors", "model.safetensors"], "model.safetensors"),
    ("diffusers' name", ["diffusion_pytorch_model.safetensors"], "diffusion_pytorch_model.safetensors"),
    ("another variant", ["diffusion_pytorch_model.non_ema.safetensors"], "diffusion_pytorch_model.non_ema.safetensors"),
    ("fp16 among several", ["model.bf16.safetensors", "model.fp16.safetensors"], "model.fp16.safetensors"),
    ("transformers' older name", ["pytorch_model.safetensors"], "pytorch_model.safetensors"),
    ("safetensors before .bin", ["pytorch_model.bin", "model.safetensors"], "model.safetensors"),
    ("the plain .bin before a variant", ["pytorch_model.bin", "model.fp16.safetensors"], "pytorch_model.bin"),
    ("a variant of .bin", ["diffusion_pytorch_model.fp16.bin"], "diffusion_pytorch_model.fp16.bin"),
  ])
  func findsTheFileUnderTheNamesInUse(_ title: String, _ present: [String], _ expected: String) async throws {
    try await TestFolder.with { folder in
      for name in present { try Safetensors.write(path: "\(folder)/\(name)", tensors: [("a", Tensor([1], [1]))]) }
      #expect(try WeightFolder(folder: folder).files == [expected])
      #expect(try Weights.open(folder: folder).path == "\(folder)/\(expected)")
    }
  }

  @Test(arguments: [
    "model.safetensors.fp16.index.json", "diffusion_pytorch_model.safetensors.index.fp16.json",
    "model.fp16.safetensors.index.json", "pytorch_model.bin.index.json", "model.safetensors.index.json",
  ])
  func findsTheIndexOfShards(_ index: String) async throws {
    try await TestFolder.with { folder in
      let shard = index.contains(".bin") ? "one.bin" : "one.safetensors"
      try Safetensors.write(path: "\(folder)/\(shard)", tensors: [("a", Tensor([1], [1]))])
      try Data(#"{"weight_map":{"a":"\#(shard)"}}"#.utf8).write(to: URL(filePath: "\(folder)/\(index)"))
      let found = try WeightFolder(folder: folder)
      #expect(found.variant == (index.contains("fp16") ? "fp16" : nil))
      #expect(try Weights.open(folder: folder).tensor("a", [1]).values == [1])
    }
  }

  /// diffusers prefers the index of its own parts, transformers the single file.
  @Test(arguments: [("diffusion_pytorch_model", Float(1)), ("model", 2)])
  func anIndexBesideASingleFileIsReadWhereTheReferenceReadsIt(_ stem: String, _ value: Float) async throws {
    try await TestFolder.with { folder in
      try Safetensors.write(
        path: "\(folder)/one.safetensors", tensors: [("a", Tensor([1], [1])), ("b", Tensor([1], [3]))])
      try Safetensors.write(path: "\(folder)/\(stem).safetensors", tensors: [("a", Tensor([1], [2]))])
      try Data(#"{"weight_map":{"a":"one.safetensors"}}"#.utf8)
        .write(to: URL(filePath: "\(folder)/\(stem).safetensors.index.json"))
      let weights = try Weights.open(folder: folder)
      #expect(try weights.tensor("a", [1]).values == [value])
      // A tensor that the index does not name is one of the model too.
      #expect(weights.contains("b") == (value == 1))
    }
  }

  @Test func readsTheVariantThatIsAskedFor() async throws {
    try await TestFolder.with { folder in
      for name in ["non_ema", "bf16"] {
        try Safetensors.write(path: "\(folder)/model.\(name).safetensors", tensors: [("a", Tensor([1], [1]))])
      }
      #expect(try WeightFolder(folder: folder, variant: "bf16").files == ["model.bf16.safetensors"])
      let several = try #require(throws: CheckpointError.self) { try WeightFolder(folder: folder) }
      #expect(
        several.message
          == "has weights of the variants 'bf16', 'non_ema' and none without a variant: choose one with --variant, or, for a VAE beside the model, name its file"
      )
      let absent = try #require(throws: CheckpointError.self) { try WeightFolder(folder: folder, variant: "ema") }
      #expect(
        absent.message == "has no weights of the variant 'ema': there are 'bf16', 'non_ema'; choose one of them")
      // A part without the variant is read by its plain name.
      try Safetensors.write(path: "\(folder)/model.safetensors", tensors: [("a", Tensor([1], [1]))])
      let plain = try WeightFolder(folder: folder, variant: "ema")
      #expect(plain.files == ["model.safetensors"])
      #expect(plain.variant == nil)
    }
  }

  @Test(arguments: [
    (
      #"{"weight_map":{"a":"one.safetensors","b":"one.safetensors"}}"#,
      "puts tensor 'b' into one.safetensors, but no shard has"
    ),
    (#"{"weight_map":{"a":"two.safetensors"}}"#, "there is no such file"),
    (#"{"weight_map":{"a":"../one.safetensors"}}"#, "'../one.safetensors', which is not the name"),
    (#"{"weight_map":{"a":"one.bin"}}"#, "'one.bin', which is not the name"),
    (#"{"weight_map":{}}"#, "names no tensor"),
    (#"{"weight_map":{"a":1}}"#, "the value of 'weight_map.a' should be a string"),
    (#"{"metadata":{}}"#, "misses the key 'weight_map'"),
    (#"{"weight_map":"#, "is not valid JSON"),
    (
      #"{"weight_map":{"a":"one.safetensors","c":"again.safetensors"}}"#,
      "names again.safetensors and one.safetensors, which both hold tensor 'a'"
    ),
  ])
  func refusesAnIndexThatDisagreesWithItsShards(_ index: String, _ message: String) async throws {
    try await TestFolder.with { folder in
      let one = Tensor([1], [1])
      try Safetensors.write(path: "\(folder)/one.safetensors", tensors: [("a", one)])
      try Safetensors.write(path: "\(folder)/more.safetensors", tensors: [("c", one), ("d", one)])
      try Safetensors.write(path: "\(folder)/again.safetensors", tensors: [("a", one), ("c", one)])
      try Data(index.utf8).write(to: URL(filePath: "\(folder)/model.safetensors.index.json"))
      let error = try #require(throws: CheckpointError.self) { try Weights.open(folder: folder) }
      #expect(error.message.contains(message), "\(error)")
    }
  }

  @Test func saysWhatItLookedForInAFolderWithoutWeights() async throws {
    try await TestFolder.with { folder in
      #expect(try #require(throws: CheckpointError.self) { try Weights.open(folder: folder) }.code == .missingFile)
      try Data([1]).write(to: URL(filePath: "\(folder)/openvino_model.bin"))
      let error = try #require(throws: CheckpointError.self) { try Weights.open(folder: folder) }
      #expect(error.message.hasPrefix("has neither diffusion_pytorch_model.safetensors nor model.safetensors"))
      #expect(error.message.hasSuffix("'openvino_model.bin' is none of them"))
    }
  }

  @Test func olderNamesOfAttentionAreReadUnderTodays() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/model.safetensors"
      let matrix = Tensor([2, 2], [1, 2, 3, 4])
      let names = ["query", "key", "value", "proj_attn"]
      try Safetensors.write(
        path: path,
        tensors: names.map { ("mid.\($0).weight", $0 == "key" ? matrix.reshaped([2, 2, 1, 1]) : matrix) }
          + [("mid.query.bias", Tensor([2], [5, 6])), ("other.query.weight", matrix)])
      let weights = try Weights(file: path)
      #expect(
        weights.names == [
          "mid.to_k.weight", "mid.to_out.0.weight", "mid.to_q.bias", "mid.to_q.weight", "mid.to_v.weight",
          "other.query.weight",
        ])
      #expect(try weights.tensor("mid.to_k.weight", [2, 2]).values == matrix.values)
    }
  }

  private struct Doubling: WeightAdjustment {
    func adjusted(_ name: String, _ tensor: Tensor) -> Tensor { name == "half" ? tensor.map { 2 * $0 } : tensor }
  }

  @Test func tensorsUnderOtherNamesAndInOtherFormsAreRead() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/m.safetensors"
      try Safetensors.write(path: path, tensors: [("w", Tensor([3, 2], [1, 2, 3, 4, 5, 6]))])
      let file = try TensorFiles.open(path)
      let weights = Weights(
        path: path,
        tensors: [
          "half": StoredTensor(file, "w", .rows(1..<3)), "turned": StoredTensor(file, "w", .transposed),
          "flat": StoredTensor(file, "w", .reshaped([6, 1, 1])), "wrong": StoredTensor(file, "w", .rows(2..<4)),
        ], files: [("m.safetensors", file)]
      ).adjusted(by: [Doubling()])
      #expect(try weights.tensor("half", [2, 2]).values == [6, 8, 10, 12])
      #expect(try weights.tensor("turned", [2, 3]).values == [1, 3, 5, 2, 4, 6])
      #expect(try weights.tensor("flat", [6, 1, 1]).values == [1, 2, 3, 4, 5, 6])
      let error = try #require(throws: CheckpointError.self) { try weights.tensor("wrong", [2, 2]) }
      #expect(error.message == "tensor 'w' has the shape [3, 2], where at least 4 rows are needed")
      #expect(weights.files.map(\.path) == ["m.safetensors"])
    }
  }
}
