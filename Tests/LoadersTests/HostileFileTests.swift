import Checkpoints
import Engine
import Files
import Foundation
import Glibc
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// Whatever stands in the place of a file of weights ends in one message that names the file, wherever it is given.
struct HostileFileTests {
  private static func safetensors(_ header: String, claiming length: UInt64? = nil, data: Int = 0) -> [UInt8] {
    CraftedBytes.safetensors(Array(header.utf8), claiming: length, data: data)
  }

  private static func archive(_ pickle: [UInt8], method: Int = 0, unpacked: Int? = nil) -> [UInt8] {
    // No checksum, as from writers that leave it out.
    CraftedBytes.zip([
      CraftedBytes.ZipEntry(name: "a/data.pkl", data: pickle, method: method, checksum: 0, unpacked: unpacked)
    ])
  }

  private static let overlap =
    #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#

  private static let cases = [
    CraftedFile("a header of 8 EiB", safetensors("{}", claiming: .max), "18446744073709551615 bytes"),
    CraftedFile("a header above the limit", safetensors("{}", claiming: 100_000_001), "100000001 bytes, more than"),
    CraftedFile("a header that nests", safetensors("{\"a\":" + String(repeating: "[", count: 200_000)), "expected '{'"),
    CraftedFile("tensors that overlap", safetensors(overlap, data: 3), "inside the one before it"),
    CraftedFile(
      "a shape that overflows",
      safetensors(#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#), "does not fit"),
    CraftedFile(
      "a compressed entry of 4 GiB", archive(CraftedBytes.pickle([0x4e]), method: 8, unpacked: Int(UInt32.max)),
      "compressed"),
    CraftedFile(
      "lists in each other", CraftedBytes.pickle([UInt8](repeating: 0x5d, count: 200_000)),
      "ends with objects left over"),
    CraftedFile(
      "an archive of tuples in each other",
      archive(CraftedBytes.pickle([0x29] + [UInt8](repeating: 0x85, count: 200_000))),
      "nest deeper than 64"),
    CraftedFile(
      "lists that double", archive(CraftedBytes.pickle(CraftedBytes.doublingLists)), "a list without a tensor"),
    CraftedFile(
      "a command", archive(CraftedBytes.pickle(Array("cos\nsystem\n(X".utf8) + [4, 0, 0, 0] + Array("ls /tR".utf8))),
      "os.system"),
    CraftedFile("a page", Array("<!DOCTYPE html><html></html>".utf8), "is a web page"),
    CraftedFile("zeros", [UInt8](repeating: 0, count: 4096), "zero bytes"), CraftedFile("nothing", [], "is empty"),
  ]

  /// Where a file of weights is given.
  enum Place: CaseIterable, Sendable {
    case model, unet, textEncoder, vaeOfAModel, vae, lora, embedding
  }

  /// Opens a file in a place.
  private func open(_ place: Place, _ path: String, in home: String) throws {
    let compute = try Compute(threads: 1)
    func model(_ file: String) throws {
      try copyTinyModel(to: "\(home)/m")
      try FileManager.default.removeItem(atPath: "\(home)/m/\(file)")
      try FileManager.default.moveItem(atPath: path, toPath: "\(home)/m/\(file)")
      try ExaminedModel.build(BaseModel("\(home)/m"))
    }
    switch place {
    case .model: _ = try BaseModel(path)
    case .unet: try model("unet/diffusion_pytorch_model.safetensors")
    case .textEncoder: try model("text_encoder/model.safetensors")
    case .vaeOfAModel: try model("vae/diffusion_pytorch_model.safetensors")
    case .vae: _ = try AddedVAE(path)
    case .lora:
      let loras = [LoRAUse(file: AddedFile(path: path))]
      _ = try AdaptedModel(BaseModel(SourceTree.tinyModel), Additions(loras: loras), on: compute)
    case .embedding: _ = try TextualInversion(path)
    }
  }

  @Test(arguments: cases, Place.allCases)
  func itEndsInOneMessage(_ hostile: CraftedFile, _ place: Place) async throws {
    try await TestFolder.with { home in
      let path = "\(home)/given.safetensors"
      try Data(hostile.bytes).write(to: URL(filePath: path))
      let error = #expect(throws: CheckpointError.self) { try open(place, path, in: home) }
      #expect(error?.file?.hasPrefix(home) == true && error?.file?.hasSuffix(".safetensors") == true)
      #expect((1...1_000).contains(error?.message.utf8.count ?? 0), "\(String(describing: error))")
      #expect(error?.message.contains(hostile.message) == true, "\(String(describing: error))")
    }
  }

  /// A pipe would be waited for without end.
  @Test(.timeLimit(.minutes(10)), arguments: Place.allCases) func aPipeIsNoFile(_ place: Place) async throws {
    try await TestFolder.with { home in
      let path = "\(home)/given.safetensors"
      #expect(mkfifo(path, 0o600) == 0)
      let error = #expect(throws: CheckpointError.self) { try open(place, path, in: home) }
      #expect(error?.message == "is not a regular file", "\(String(describing: error))")
    }
  }

  @Test(.timeLimit(.minutes(10))) func pipesBesideAFileAreRefusedToo() async throws {
    try await TestFolder.with { home in
      try TensorContainer.safetensors.write(SampleModel(.first).checkpoint(as: .f8e5m2), to: "\(home)/m.safetensors")
      #expect(mkfifo("\(home)/m.yaml", 0o600) == 0)
      let yaml = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m.safetensors") }
      #expect(yaml?.file == "\(home)/m.yaml" && yaml?.message.contains("is not a file") == true, "\(yaml as Any)")
      try FileManager.default.createDirectory(atPath: "\(home)/lora", withIntermediateDirectories: true)
      try write([("unet.conv_in.lora_A.weight", [1, 4, 3, 3])], to: "\(home)/lora/adapter_model.safetensors")
      #expect(mkfifo("\(home)/lora/adapter_config.json", 0o600) == 0)
      let settings = #expect(throws: CheckpointError.self) { try open(.lora, "\(home)/lora", in: home) }
      #expect(settings?.file == "\(home)/lora/adapter_config.json", "\(settings as Any)")
    }
  }

  /// What a LoRA's settings say is obeyed or refused, never dropped.
  @Test(arguments: [
    (#"{"alpha_pattern": [1]}"#, "alpha_pattern"), (#"{"alpha_pattern": {"to_k": "x"}}"#, "alpha_pattern.to_k"),
    (#"{"alpha_pattern": {"(a|b)": 1}}"#, "alpha_pattern"), (#"{"lora_alpha": "8"}"#, "lora_alpha"),
    (#"{"use_rslora": "yes"}"#, "use_rslora"), (#"{"use_dora": true}"#, "use_dora"),
    (#"{"peft_type": "LOHA"}"#, "peft_type"), ("[]", "JSON object"), ("", "JSON"),
  ])
  func settingsOfALoRAThatMeanNothingAreRefused(_ json: String, _ part: String) async throws {
    try await TestFolder.with { home in
      let shapes = [("unet.conv_in.lora_A.weight", [1, 4, 3, 3]), ("unet.conv_in.lora_B.weight", [64, 1, 1, 1])]
      try write(shapes, to: "\(home)/adapter_model.safetensors")
      try Data(json.utf8).write(to: URL(filePath: "\(home)/adapter_config.json"))
      let error = #expect(throws: CheckpointError.self) { try open(.lora, home, in: home) }
      #expect(error?.file == "\(home)/adapter_config.json")
      #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
  }
}
