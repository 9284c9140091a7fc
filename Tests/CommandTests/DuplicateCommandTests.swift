import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct DuplicateCommandTests {
  private func run(_ arguments: String...) async throws -> Program.Outcome {
    try await Program.emofarm.run(["dataset", "duplicates"] + arguments, folder: SourceTree.root.path)
  }

  /// A folder of drawn pictures, and one with copies of three of them and a picture of its own.
  private func folders(_ home: String) async throws -> (pictures: String, copies: String) {
    let (pictures, copies) = ("\(home)/pictures", "\(home)/copies")
    let drawn = try await Program.emofarm.run(
      ["dataset", "synth", "--out", pictures, "--per-attribute", "1", "--size", "96"])
    try #require(drawn.status == 0, "\(drawn)")
    try FileManager.default.createDirectory(atPath: "\(copies)/deep", withIntermediateDirectories: true)
    func write(_ bytes: [UInt8], _ name: String) throws {
      try Data(bytes).write(to: URL(filePath: "\(copies)/\(name)"))
    }
    let awe = try ImageFile.read("\(pictures)/image/awe/awe_00001.jpg")
    try write(PNG.encode(awe), "a.png")
    try write(
      JPEG.encode(ImageFile.read("\(pictures)/image/fear/fear_00001.jpg").turned(from: .mirrored), quality: 75),
      "deep/b.jpg")
    try write(WebP.encode(ImageFile.read("\(pictures)/image/anger/anger_00002.jpg"), quality: 80), "c.webp")
    var own = RGBImage(width: 96, height: 96, filledWith: RGBColor(20, 90, 160))
    own.paste(RGBImage(width: 30, height: 70, filledWith: RGBColor(250, 10, 10)), x: 5, y: 3)
    own.paste(RGBImage(width: 60, height: 10, filledWith: RGBColor(250, 240, 10)), x: 30, y: 80)
    try write(PNG.encode(own), "d.png")
    return (pictures, copies)
  }

  @Test func copiesOfAFolderAreListed() async throws {
    try await TestFolder.with { home in
      let (pictures, copies) = try await folders(home)
      let found = try await run(copies, "--against", pictures)
      #expect(found.status == 1, "\(found)")
      #expect(
        found.output == """
          a.png  the same pixels as  \(pictures)/image/awe/awe_00001.jpg
          c.webp  copy of  \(pictures)/image/anger/anger_00002.jpg
          deep/b.jpg  mirrored copy of  \(pictures)/image/fear/fear_00001.jpg
          0 of 4 images are copies of earlier ones, 3 of 32 images in \(pictures)

          """, "\(found.output)")
      let none = try await run(copies)
      #expect(none.status == 0 && none.output == "0 of 4 images are copies of earlier ones\n", "\(none)")
      try Data("no picture".utf8).write(to: URL(filePath: "\(copies)/e.png"))
      try FileManager.default.copyItem(atPath: "\(copies)/d.png", toPath: "\(copies)/f.png")
      let own = try await run(copies, "--json")
      #expect(own.status == 1 && own.output.contains(#""copy_of" : "d.png""#), "\(own)")
      #expect(own.output.contains(#""kind" : "exact""#) && own.output.contains(#""image" : "e.png""#))
      #expect(own.error.contains("not read: e.png: "), "\(own.error)")
      let empty = try await run("\(home)/pictures/annotation")
      #expect(empty.status == 2 && empty.error.contains("has no PNG, JPEG or WebP file"), "\(empty)")
    }
  }

  /// The features of the small model's CLIP, which cannot tell everything apart, confirm true copies.
  @Test func aModelConfirmsCopies() async throws {
    try await TestFolder.with { home in
      let (pictures, copies) = try await folders(home)
      let found = try await run(copies, "--against", pictures, "--model", SourceTree.tinyModel, "--json")
      #expect(found.status == 1 && found.output.contains(#""refuted" : 0"#), "\(found)")
      #expect(
        found.output.components(separatedBy: #""similarity" : 0.9"#).count
          + found.output.components(separatedBy: #""similarity" : 1"#).count == 5, "\(found.output)")
      let refuted = try await run(
        copies, "--against", pictures, "--model", SourceTree.tinyModel, "--similarity", "1")
      #expect(refuted.output.contains("more look alike to hashes alone"), "\(refuted)")
      let missing = try await run(copies, "--model", home)
      #expect(missing.status == 2 && missing.error.contains("has no folder 'clip'"), "\(missing)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func imagesOfABatchAreCompared() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 300)
      let found = try await farm("dataset", "duplicates", "1", "--json")
      // Images of one colour each, of which many look the same.
      #expect(found.status == 1 && found.output.contains(#""images" : 300"#), "\(found)")
      #expect(found.output.contains(#""copy_of" : "1/0""#))
    }
  }
}
