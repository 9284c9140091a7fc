import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing

struct SafetensorsFileTests {
  private let fixture = SourceTree.fixture("checkpoints/dtypes.safetensors")

  @Test(arguments: MalformedFile.all)
  func refusesAMalformedFileSayingWhereAndWhy(_ malformed: MalformedFile) async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/m.safetensors"
      try Data(malformed.bytes).write(to: URL(filePath: path))
      let error = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
      #expect(error.code == .malformed)
      #expect(error.file == path)
      #expect(error.offset == malformed.offset)
      #expect(error.message.contains(malformed.message), "\(error.message)")
      #expect(error.message.hasSuffix("fetch it again"))
    }
  }

  @Test func survivesEveryTruncationAndEveryFlippedBit() async throws {
    let whole = try Data(
      contentsOf: URL(filePath: SourceTree.fixture("checkpoints/sharded/model-00002-of-00002.safetensors")))
    try await TestFolder.with { folder in
      let path = URL(filePath: "\(folder)/m.safetensors")
      for count in 0..<whole.count {
        try whole.prefix(count).write(to: path)
        #expect(throws: CheckpointError.self, "\(count) bytes") { try SafetensorsFile(path: path.path) }
      }
      for bit in 0..<whole.count * 8 {
        var bytes = whole
        bytes[bit / 8] ^= 1 << (bit % 8)
        try bytes.write(to: path)
        // A flip in a name, in the values or from one type of four bytes to another leaves a well-formed file.
        do {
          let file = try SafetensorsFile(path: path.path)
          #expect(file.tensorNames.count == 1 && file.byteCount == whole.count)
        } catch {
          #expect(error is CheckpointError)
        }
      }
    }
  }

  @Test func refusesAnElementTypeItDoesNotKnow() async throws {
    try await TestFolder.with { folder in
      let header = #"{"a":{"dtype":"F4","shape":[0],"data_offsets":[0,0]}}"#
      let path = "\(folder)/m.safetensors"
      try Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)).write(to: URL(filePath: path))
      let error = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
      #expect(error.code == .unsupported)
      #expect(error.message == "tensor 'a' has the dtype 'F4', which is not supported: save it as F32, F16 or BF16")
    }
  }

  @Test func saysThatAFileIsMissingOrNoFile() throws {
    let missing = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: "/nowhere/x.safetensors") }
    #expect(missing.description == "/nowhere/x.safetensors: there is no such file")
    #expect(missing.code == .missingFile)
    let folder = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: SourceTree.tinyModel) }
    #expect(folder.code == .unreadable)
  }

  @Test(arguments: ["half", "brain"])
  func widensSixteenBitFloatsAsPyTorchDoes(_ name: String) throws {
    let file = try SafetensorsFile(path: fixture)
    let tensor = try file.tensor(name)
    let expected = try file.tensor("\(name).widened")
    #expect(tensor.shape == [818])
    #expect(zip(tensor.values, expected.values).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN })
    #expect(tensor.values.filter(\.isNaN).count == 2)
  }

  @Test func readsEveryKindOfTensor() throws {
    let file = try SafetensorsFile(path: fixture)
    #expect(file.metadata == ["format": "pt", "note": "quotes \" and ünïcode"])
    #expect(file.tensorNames.count == 10)
    #expect(try file.tensor("single").shape == [1, 2, 3])
    #expect(try file.tensor("single").values == [0, 1, 2, 3, 4, 5])
    #expect(try file.integers("integers.64") == [-(1 << 62), -1, 0, 1 << 62])
    #expect(try file.integers("integers.32") == [-(1 << 31), (1 << 31) - 1])
    #expect(try file.tensor("scalar").shape.isEmpty)
    #expect(try file.tensor("scalar").values == [2.5])
    #expect(try file.shape(of: "empty") == [3, 0])
    #expect(try file.tensor("empty").values.isEmpty)
    #expect(try file.elementType(of: "double") == .f64)
    #expect(try file.tensor("double").values == [1])
    #expect(try file.tensor("integers.64").values == [-0x1p62, -1, 0, 0x1p62])
  }

  @Test func refusesToReadATensorAsWhatItIsNot() throws {
    let file = try SafetensorsFile(path: fixture)
    let large = try #require(throws: CheckpointError.self) { try file.tensor("integers.32") }
    #expect(large.message == "tensor 'integers.32' holds an integer that fp32 cannot hold: it is no weight")
    let double = try #require(throws: CheckpointError.self) { try file.integers("double") }
    #expect(double.message == "tensor 'double' is of F64, which is not read as integers: save it as I64 or I32")
    #expect(throws: CheckpointError.self) { try file.integers("single") }
    let missing = try #require(throws: CheckpointError.self) { try file.tensor("nothing") }
    #expect(missing.code == .missingTensor)
  }

  @Test func readsPaddingAndWhitespaceInsideTheHeader() async throws {
    try await TestFolder.with { folder in
      let header =
        "{\n \"a\\u00e9\\ud83d\\ude00\" : { \"shape\":[ ],\t\"data_offsets\":[0 , 4],\"dtype\":\"F32\"}\r\n}   "
      let path = "\(folder)/m.safetensors"
      try Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0, 128, 63])
        .write(to: URL(filePath: path))
      let file = try SafetensorsFile(path: path)
      #expect(file.tensorNames == ["aé😀"])
      #expect(try file.tensor("aé😀").values == [1])
    }
  }
}
