import EmoGen
import Engine
import Files
import Foundation
import Imaging
import Loaders
import TestSupport
import Testing
import Vocabulary

/// A conversion of a model's folder renders what the folder renders.
struct CarriedPartsTests {
  private func convert(_ model: BaseModel, into folder: String) throws {
    var options = ModelConversion.Options()
    options.beside = { try ModelFolder.carryParts(of: model, into: $0) }
    try ModelConversion.run(model, into: folder, options)
  }

  private func pixels(_ folder: String) throws -> [UInt8] {
    let model = try ModelFolder(folder)
    var settings = try model.defaults
    settings.steps = 2
    var pixels: [UInt8] = []
    try EmoGenPipeline.load(model, on: Compute(threads: 2)).render(
      RenderRequest(subject: .emotion(EmotionSpec(.awe), prompt: ""), settings: settings, seeds: [7]),
      onProgress: { _ in }, onImage: { pixels = $0.image.pixels })
    return pixels
  }

  @Test func emotionsAndDefaultsComeAlong() async throws {
    try await TestFolder.with { home in
      // A plugged model is a folder of links.
      let tiny = SourceTree.tinyModel
      let plugged = try ModelFolder.plug(emotions: tiny, into: tiny, at: "\(home)/plugged")
      let out = "\(home)/out"
      try convert(plugged.base, into: out)
      let (before, after) = (try plugged.describe(), try ModelFolder(out).describe())
      #expect(after.defaults == before.defaults)
      #expect(try pixels(out) == pixels(tiny))
      for part in ["mapper", "emotion_space", "emotion_encoder", "clip"] {
        #expect(try Folder.names(in: "\(out)/\(part)") == Folder.names(in: "\(tiny)/\(part)"))
        for name in try Folder.names(in: "\(tiny)/\(part)") {
          #expect(try File.read("\(out)/\(part)/\(name)") == File.read("\(tiny)/\(part)/\(name)"), "\(part)/\(name)")
          let type = try FileManager.default.attributesOfItem(atPath: "\(out)/\(part)/\(name)")[.type]
          #expect(type as? FileAttributeType == .typeRegular)
        }
      }
    }
  }

  @Test func runsStayAndWhatIsLeftOutIsNamed() async throws {
    try await TestFolder.with { home in
      let folder = "\(home)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
      for path in ["mapper/run", "safety_checker", ".git"] { try Folder.make("\(folder)/\(path)") }
      try DurableFile.write([1], to: "\(folder)/mapper/run/checkpoint.safetensors")
      try DurableFile.write([1], to: "\(folder)/mapper/.hidden")
      try DurableFile.write([1], to: "\(folder)/README.md")
      let model = try BaseModel(folder)
      #expect(try ModelFolder.leftOut(byConverting: model) == ["README.md", "safety_checker"])
      try convert(model, into: "\(home)/out")
      #expect(try Folder.names(in: "\(home)/out/mapper") == ["config.json", "model.safetensors"])
    }
  }

  @Test func unusablePartsAreRefusedAndNothingIsLeft() async throws {
    try await TestFolder.with { home in
      let folder = "\(home)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
      try DurableFile.write(Array(#"{"stepz": 3}"#.utf8), to: "\(folder)/emogen.json")
      let model = try BaseModel(folder)
      #expect { try convert(model, into: "\(home)/out") } throws: { "\($0)".contains("key 'stepz' is unknown") }
      #expect(try Folder.names(in: home) == ["model"])
    }
  }
}
