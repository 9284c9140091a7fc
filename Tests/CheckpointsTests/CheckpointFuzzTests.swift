import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing

/// Mutated files end in tensors or in one message, never in a trap.
struct CheckpointFuzzTests {
  private func bytes(_ fixtures: [String]) throws -> [[UInt8]] {
    try fixtures.map { try [UInt8](Data(contentsOf: URL(filePath: SourceTree.fixture($0)))) }
  }

  /// Reads everything that a file of tensors offers.
  private func readAll(_ path: String) throws {
    let file = try TensorFiles.open(path)
    for name in file.tensorNames {
      let tensor = try? file.tensor(name)
      let shape = try file.shape(of: name)
      if let tensor, tensor.shape != shape { Issue.record("\(name) has two shapes") }
      _ = try? file.integers(name)
    }
    _ = try? file.verify()
  }

  @Test func safetensors() async throws {
    try await TestFolder.with { folder in
      let seeds = try bytes(
        ["checkpoints/sharded/model-00001-of-00002.safetensors", "checkpoints/narrow.safetensors"]
          + ["checkpoints/torch/lightning.safetensors"])
      let outcome = try Fuzzing.run(
        seeds, name: "m.safetensors", folder: folder, throwing: CheckpointError.self, read: readAll)
      #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }

  @Test(arguments: [
    ["checkpoints/torch/lightning-2-legacy.ckpt", "checkpoints/torch/lightning-4-legacy.ckpt"],
    [
      "checkpoints/torch/lightning-2-zip.ckpt", "checkpoints/torch/lightning-4-zip.ckpt", "checkpoints/torch/module.pt",
    ],
  ])
  func torch(_ fixtures: [String]) async throws {
    try await TestFolder.with { folder in
      let outcome = try Fuzzing.run(
        bytes(fixtures), name: "m.ckpt", folder: folder, throwing: CheckpointError.self, read: readAll)
      #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }

  /// The strict reader that imports releases.
  @Test func releases() async throws {
    try await TestFolder.with { folder in
      let seeds = try bytes(["pickle/tensors-2-legacy.pth", "pickle/confidence-arrays-2.pkl", "pickle/checkpoint.pth"])
      let outcome = try Fuzzing.run(seeds, name: "m.pth", folder: folder, throwing: CheckpointError.self) {
        _ = try TorchFile(path: $0)
      }
      #expect(outcome.read > 0 && outcome.refused > Fuzzing.inputs / 2, "\(outcome)")
    }
  }

  @Test func indexes() async throws {
    try await TestFolder.with { folder in
      let sharded = "checkpoints/sharded"
      for shard in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
        try FileManager.default.copyItem(
          atPath: SourceTree.fixture("\(sharded)/\(shard)"), toPath: "\(folder)/\(shard)")
      }
      let outcome = try Fuzzing.run(
        bytes(["\(sharded)/model.safetensors.index.json"]), name: "model.safetensors.index.json", folder: folder,
        throwing: CheckpointError.self
      ) { _ in _ = try Weights.open(folder: folder) }
      #expect(outcome.read > 0 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }
}
