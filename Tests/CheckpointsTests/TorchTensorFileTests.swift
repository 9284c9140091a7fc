import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing

struct TorchTensorFileTests {
  private func fixture(_ name: String) -> String { SourceTree.fixture("checkpoints/torch/\(name)") }

  private func areEqual(_ first: Tensor, _ second: Tensor) -> Bool {
    first.shape == second.shape && zip(first.values, second.values).allSatisfy { $0.bitPattern == $1.bitPattern }
  }

  @Test(arguments: [2, 4], ["zip", "legacy"])
  func tensorsBesideForeignObjectsAreRead(_ protocolVersion: Int, _ form: String) throws {
    let expected = try SafetensorsFile(path: fixture("lightning.safetensors"))
    let file = try TensorFiles.open(fixture("lightning-\(protocolVersion)-\(form).ckpt"))
    #expect(file is TorchTensorFile)
    #expect(Set(file.tensorNames) == Set(expected.tensorNames))
    #expect(file.tensorNames.first == "model.conv.weight")
    for name in expected.tensorNames {
      #expect(areEqual(try file.tensor(name), try expected.tensor(name)), "\(name)")
      #expect(try file.shape(of: name) == expected.shape(of: name))
    }
    #expect(try file.integers("model.ids") == Array(0..<7))
    #expect(try file.elementType(of: "model.e4") == .f8e4m3)
    #expect(try file.elementType(of: "model.half") == .f16)
    try file.verify()
  }

  @Test func narrowAndWideFloatsAreWidenedAsPyTorchDoes() throws {
    let file = try SafetensorsFile(path: SourceTree.fixture("checkpoints/narrow.safetensors"))
    for name in ["e4", "e5", "double"] {
      let (tensor, expected) = (try file.tensor(name).values, try file.tensor("\(name).widened").values)
      #expect(tensor.count == expected.count && tensor.count > 30)
      for (place, pair) in zip(tensor, expected).enumerated() {
        #expect(
          pair.0.bitPattern == pair.1.bitPattern || pair.0.isNaN && pair.1.isNaN && pair.0.sign == pair.1.sign,
          "\(name) \(place)")
      }
    }
  }

  @Test func modulesOfPyTorchGiveTheirTensors() throws {
    let embedding = try TensorFiles.open(fixture("embedding.pt"))
    #expect(Set(embedding.tensorNames) == ["string_to_token.*", "string_to_param.*"])
    #expect(try embedding.shape(of: "string_to_param.*") == [2, 4])
    #expect(try embedding.integers("string_to_token.*") == [265])
    let module = try TensorFiles.open(fixture("module.pt"))
    #expect(
      Set(module.tensorNames) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked",
      ])
    #expect(try module.tensor("1.running_var").values == [1, 1])
  }

  @Test func theContentDecidesNotTheName() async throws {
    try await TestFolder.with { folder in
      let (pickle, tensors) = ("\(folder)/model.safetensors", "\(folder)/pytorch_model.ckpt")
      try FileManager.default.copyItem(atPath: fixture("lightning-2-zip.ckpt"), toPath: pickle)
      try FileManager.default.copyItem(atPath: fixture("lightning.safetensors"), toPath: tensors)
      #expect(try TensorFiles.open(pickle) is TorchTensorFile)
      #expect(try TensorFiles.open(tensors) is SafetensorsFile)
      #expect(try Weights.open(folder: folder).tensor("model.scalar", []).values == [0.25])
    }
  }

  @Test func aDamagedStorageIsFoundByItsChecksum() async throws {
    try await TestFolder.with { folder in
      var bytes = try Data(contentsOf: URL(filePath: fixture("lightning-2-zip.ckpt")))
      let values = try SafetensorsFile(path: fixture("lightning.safetensors")).tensor("model.parameter").values
      let first = try #require(bytes.range(of: values.withUnsafeBytes { Data($0) }))
      bytes[first.lowerBound] ^= 1
      let path = "\(folder)/damaged.ckpt"
      try bytes.write(to: URL(filePath: path))
      let file = try TensorFiles.open(path)
      let error = try #require(throws: CheckpointError.self) { try file.verify() }
      #expect(error.message.hasPrefix("the checksum of 'lightning-2-zip/data/"), "\(error)")
    }
  }

  @Test(arguments: [
    ("awe_mean_v2.pt", "holds a tensor without a tensor under a name"),
    ("confidence-lists-2.pkl", "holds a dict without a tensor under a name"),
  ])
  func aFileWithoutNamedTensorsIsRefused(_ name: String, _ message: String) throws {
    let error = try #require(throws: CheckpointError.self) {
      try TensorFiles.open(SourceTree.fixture("pickle/\(name)"))
    }
    #expect(error.message.hasPrefix(message), "\(error)")
  }
}
