import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing

struct SafetensorsWritingTests {
  @Test func readsBackWhatItWrote() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/out.safetensors"
      let metadata = ["emotion": "awe=0.7,fear=0.3", "note": "line\none \"two\" \\ \u{1} é😀"]
      try Safetensors.write(
        path: path,
        tensors: [
          ("z", Tensor([2, 2], [1, -2, .infinity, 4])), ("a \"quoted\"", Tensor([], [0.5])), ("empty", Tensor([0, 7])),
        ],
        metadata: metadata)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == metadata)
      #expect(Set(file.tensorNames) == ["a \"quoted\"", "empty", "z"])
      #expect(try file.tensor("z").values == [1, -2, .infinity, 4])
      #expect(try file.tensor("z").shape == [2, 2])
      #expect(try file.tensor("a \"quoted\"").shape.isEmpty)
      #expect(try file.shape(of: "empty") == [0, 7])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.safetensors"])
    }
  }

  @Test func writesTheSameBytesInAnyOrder() async throws {
    try await TestFolder.with { folder in
      let tensors = (0..<9).map { ("tensor.\($0)", Tensor([3], repeating: Float($0))) }
      try Safetensors.write(path: "\(folder)/a", tensors: tensors, metadata: ["x": "1", "y": "2", "z": "3"])
      try Safetensors.write(path: "\(folder)/b", tensors: tensors.reversed(), metadata: ["z": "3", "y": "2", "x": "1"])
      let bytes = try Data(contentsOf: URL(filePath: "\(folder)/a"))
      #expect(try bytes == Data(contentsOf: URL(filePath: "\(folder)/b")))
      #expect((bytes.count - 9 * 12) % 8 == 0)
    }
  }

  @Test func replacesAFileWhole() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/out.safetensors"
      try Safetensors.write(path: path, tensors: [("a", Tensor([1], [1]))])
      let before = try SafetensorsFile(path: path)
      try Safetensors.write(path: path, tensors: [("a", Tensor([1], [2]))])
      #expect(try before.tensor("a").values == [1])
      #expect(try SafetensorsFile(path: path).tensor("a").values == [2])
    }
  }

  @Test func refusesNamesThatCannotBeRead() throws {
    let one = Tensor([1], [1])
    for tensors in [[("a", one), ("b", one), ("a", one)], [("__metadata__", one)]] {
      #expect(throws: CheckpointError.self) { try Safetensors.write(path: "/nowhere/x", tensors: tensors) }
    }
  }

  @Test func aValueThat16BitsCannotHoldIsRefusedInsteadOfInfinity() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/weights"
      try Safetensors.write(path: path, tensors: [("a", Tensor([2], [65504, -.infinity]))], halves: true)
      let before = try SafetensorsFile(path: path).tensor("a").values
      #expect(before == [65504, -.infinity])
      let error = try #require(throws: CheckpointError.self) {
        try Safetensors.write(path: path, tensors: [("a", Tensor([2], [1, 70000]))], halves: true)
      }
      #expect(error.description.hasPrefix("\(path): tensor 'a' holds 70000.0, which 16 bits cannot"))
      #expect(try SafetensorsFile(path: path).tensor("a").values == before)
    }
  }

  @Test func leavesNothingBehindWhenItFails() async throws {
    try await TestFolder.with { folder in
      // The target is a folder, so that only the last step fails.
      let path = "\(folder)/taken"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      let error = try #require(throws: FileError.self) {
        try Safetensors.write(path: path, tensors: [("a", Tensor([1], [1]))])
      }
      #expect(error.message.hasPrefix("cannot be put in place"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
    }
  }

  @Test func saysThatAFolderIsMissing() throws {
    let error = try #require(throws: FileError.self) {
      try Safetensors.write(path: "/nowhere/at/all", tensors: [("a", Tensor([1], [1]))])
    }
    #expect(error.description == "/nowhere/at/all: cannot be created (No such file or directory)")
  }
}
