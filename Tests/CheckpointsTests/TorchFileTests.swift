import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing
import Vocabulary

/// Files that PyTorch and Python wrote: `Tests/Fixtures/pickle/make.py`.
struct TorchFileTests {
  private func file(_ name: String) throws -> TorchFile { try TorchFile(path: SourceTree.fixture("pickle/\(name)")) }

  @Test(arguments: [2, 3, 4], ["zip", "legacy"])
  func stateDictsOfEveryProtocolAndFormLoad(protocolVersion: Int, form: String) throws {
    let tensors = try file("tensors-\(protocolVersion)-\(form).pth").stateDict()
    let expected = try golden("pickle/tensors.safetensors")
    #expect(tensors.count == expected.count)
    #expect(tensors.map(\.name).prefix(3) == ["float32", "transposed", "column"])
    for (name, tensor) in tensors {
      let reference = try #require(expected[name])
      #expect(tensor.shape == reference.shape, "\(name)")
      #expect(tensor.values == reference.values, "\(name)")
    }
  }

  @Test func aTrainingCheckpointsStateDictIsFound() throws {
    let checkpoint = try file("checkpoint.pth")
    guard case .dict(let items) = checkpoint.value else {
      Issue.record("\(checkpoint.value)")
      return
    }
    #expect(items.count == 5)
    guard case .int(3) = items[0].value, case .double(0.5) = items[1].value, case .none = items[2].value,
      case .tuple(let best) = items[4].value, case .bool(true) = best[0], case .list(let list) = best[1],
      case .string("é") = list[1]
    else {
      Issue.record("\(items)")
      return
    }
    let expected = try golden("pickle/checkpoint.safetensors")
    let tensors = try checkpoint.stateDict()
    #expect(tensors.count == expected.count)
    for (name, tensor) in tensors {
      let reference = try #require(expected[name])
      #expect(tensor.values == reference.values, "\(name)")
    }
  }

  @Test func aSingleTensorLoads() throws {
    guard case .tensor(let tensor) = try file("awe_mean_v2.pt").value else {
      Issue.record("not a tensor")
      return
    }
    let expected = try #require(try golden("pickle/tensors.safetensors")["float32"])
    #expect(tensor.values == Array(expected.values.prefix(4)))
  }

  @Test(arguments: ["arrays", "lists", "scalars"], [2, 4])
  func numpysNumbersLoadFromPlainPickles(form: String, protocolVersion: Int) throws {
    guard case .dict(let rows) = try file("confidence-\(form)-\(protocolVersion).pkl").value, rows.count == 2,
      case .string("cemetery") = rows[0].key
    else {
      Issue.record("not a dict of two")
      return
    }
    let numbers: [Double]
    switch rows[0].value {
    case .tensor(let tensor): numbers = tensor.values.map { Double($0) }
    case .list(let items):
      numbers = items.map { item in
        if case .double(let value) = item { value } else { .nan }
      }
    default: numbers = []
    }
    #expect(numbers.count == 8)
    #expect(abs((numbers.last ?? 0) - 0.972) < 1e-6)
  }

  @Test func aFileWithoutAStateDictIsRefused() throws {
    let file = try file("awe_mean_v2.pt")
    let error = #expect(throws: CheckpointError.self) { try file.stateDict() }
    #expect(error?.description.contains("it holds a tensor, not a state dict") == true)
  }

  @Test func theDigestIsOfTheBytesThatWereRead() throws {
    let file = try file("awe_mean_v2.pt")
    let expected = try ModelFile(hashing: file.path, as: "")
    #expect(file.sha256 == expected.sha256)
    #expect(file.byteCount == expected.bytes)
  }

  @Test func aPointerOfGitLFSIsSaidToBeOne() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/encoder.pth"
      try Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 108952073\n".utf8)
        .write(to: URL(filePath: path))
      let error = #expect(throws: CheckpointError.self) { try TorchFile(path: path) }
      #expect(
        error?.description == "\(path): is a Git LFS pointer instead of the file: get the file with 'git lfs pull'")
    }
  }
}
