import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct SheetFormatTests {
  @Test(.timeLimit(.minutes(10))) func aSheetIsWrittenAsItsNameSaysWithTheMark() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 4)
      for name in ["a.png", "b.jpg", "c.JPEG", "d.webp"] {
        let path = "\(farm.home)/\(name)"
        for _ in 0..<2 {
          let drawn = try await farm("sheet", "1", "--out", path)
          #expect(drawn.status == 0, "\(drawn)")
        }
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
        #expect(JPEG.isJPEG(bytes) == ["b.jpg", "c.JPEG"].contains(name) && WebP.isWebP(bytes) == (name == "d.webp"))
        _ = try ImageFile.decode(bytes, named: name)
        #expect(
          Data(bytes).firstRange(of: Data("digitalsourcetype/trainedAlgorithmicMedia".utf8)) != nil, "\(name)")
        let other = try await farm("dataset", "synth", "--size", "32", "--sheet", path)
        #expect(other.status == 2 && other.error.contains("is a contact sheet of batch 1"), "\(other)")
      }
      // Neither an image of the farm nor somebody's picture is a sheet.
      let image = try #require(farm.artifacts().first)
      for (name, bytes) in [
        ("e.png", try Data(contentsOf: URL(filePath: image))),
        ("f.jpg", try Data(contentsOf: URL(filePath: SourceTree.fixture("imaging/full.jpg")))),
      ] {
        let path = "\(farm.home)/\(name)"
        try bytes.write(to: URL(filePath: path))
        let refused = try await farm("sheet", "1", "--out", path)
        #expect(
          refused.status == 2 && refused.error.contains("is not a contact sheet that says what it shows"), "\(refused)")
        #expect(FileManager.default.contents(atPath: path) == bytes)
      }
      let named = try await farm("sheet", "1", "--out", "\(farm.home)/sheet.gif")
      #expect(named.status == 2 && named.error.contains("must end with .png, .jpg or .webp"), "\(named)")
      let drawn = try await farm("dataset", "synth", "--size", "32", "--sheet", "\(farm.home)/drawn.webp")
      #expect(drawn.status == 0, "\(drawn)")
      let bytes = try Data(contentsOf: URL(filePath: "\(farm.home)/drawn.webp"))
      #expect(bytes.firstRange(of: Data("digitalsourcetype/algorithmicMedia".utf8)) != nil)
    }
  }
}
