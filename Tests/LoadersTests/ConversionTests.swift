import Checkpoints
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// `models convert` keeps every bit, whatever the form of the source.
struct ConversionTests {
  /// The element types of a model's tensors by part and name.
  private func types(of model: BaseModel) throws -> [String: ElementType] {
    var types: [String: ElementType] = [:]
    for part in ModelPart.allCases {
      for (name, stored) in try model.weights(part).tensors {
        types["\(part.rawValue)/\(name.replacing("text_model.", with: ""))"] =
          try stored.file.elementType(of: stored.name)
      }
    }
    return types
  }

  @Test(arguments: SingleFileTests.Form.ofFamilies)
  func aCheckpointBecomesItsFolder(_ family: SampleModel.Family, _ form: SingleFileTests.Form) async throws {
    try await TestFolder.with { home in
      let sample = try SampleModel(family)
      try sample.writeModel("\(home)/folder", as: form.type)
      let path = "\(home)/source"
      try form.container.write(sample.checkpoint(as: form.type), to: path)
      let source = try BaseModel(path)
      var parts: [String] = []
      try ModelConversion.run(source, into: "\(home)/out") { parts.append($0) }
      #expect(parts == ["text_encoder", "unet", "vae", "the result"])
      let (converted, folder) = (try BaseModel("\(home)/out"), try BaseModel("\(home)/folder"))
      #expect(try contents(of: converted) == contents(of: folder))
      #expect(try types(of: converted) == types(of: folder))
      #expect("\(converted.unet)" == "\(folder.unet)")
      #expect("\(converted.vae)" == "\(folder.vae)")
      #expect("\(converted.text)" == "\(folder.text)")
      #expect(converted.defaults == source.defaults && converted.notes.isEmpty)
      #expect(try converted.tokenizer().encode("wörter!") == source.tokenizer().encode("wörter!"))
      // The weights name what they were made from.
      let digest = try TensorFiles.open(path).sha256()
      for (part, file) in SampleModel.files {
        let written = try SafetensorsFile(path: "\(home)/out/\(part)/\(file)")
        #expect(written.metadata["converted_from"] == "\(digest)  source" && written.metadata["format"] == "pt")
      }
      // A folder of a folder is the same bytes.
      try ModelConversion.run(converted, into: "\(home)/again")
      #expect(try contents(of: BaseModel("\(home)/again")) == contents(of: converted))
    }
  }

  @Test(arguments: FolderTests.Storage.allCases)
  func everyFormOfAFolderBecomesThePlainOne(_ storage: FolderTests.Storage) async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      for part in ModelPart.allCases { try FolderTests.store(storage, of: part.rawValue, in: "\(home)/m") }
      try ModelConversion.run(BaseModel("\(home)/m"), into: "\(home)/out")
      let model = try BaseModel("\(home)/out")
      #expect(try contents(of: model) == contents(of: BaseModel(SourceTree.tinyModel)))
      let names = ["unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"]
      #expect(try names.allSatisfy(model.files().contains))
    }
  }

  private struct Stopped: Error {}

  @Test func nothingIsLeftOfAConversionThatFails() async throws {
    try await TestFolder.with { home in
      let source = try BaseModel(SourceTree.tinyModel)
      for stop in ["text_encoder", "vae", "the result"] {
        #expect(throws: Stopped.self) {
          try ModelConversion.run(source, into: "\(home)/out") { if $0 == stop { throw Stopped() } }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: home).isEmpty)
      }
      try copyTinyModel(to: "\(home)/m")
      let index = "\(home)/m/unet/diffusion_pytorch_model.safetensors"
      let whole = try Data(contentsOf: URL(filePath: index))
      try whole.prefix(whole.count - 1).write(to: URL(filePath: index))
      #expect(throws: CheckpointError.self) { try ModelConversion.run(BaseModel("\(home)/m"), into: "\(home)/out") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: home) == ["m"])
    }
  }

  @Test func whatIsThereIsKept() async throws {
    try await TestFolder.with { home in
      let source = try BaseModel(SourceTree.tinyModel)
      try FileManager.default.createDirectory(atPath: "\(home)/full", withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: URL(filePath: "\(home)/full/file"))
      for path in ["\(home)/full", "\(home)/full/file"] {
        #expect(throws: FileError.self) { try ModelConversion.run(source, into: path) }
      }
      #expect(try String(contentsOfFile: "\(home)/full/file", encoding: .utf8) == "mine")
      #expect(try FileManager.default.contentsOfDirectory(atPath: home) == ["full"])
    }
  }
}
