import Files
import Foundation
import Imaging
import TestSupport
import Testing

struct ImageFileTests {
  @Test func contentDecidesAndNotTheName() async throws {
    try await TestFolder.with { folder in
      let image = RGBImage(width: 8, height: 8, filledWith: RGBColor(200, 40, 40))
      try Data(PNG.encode(image)).write(to: URL(filePath: "\(folder)/a.jpg"))
      try Data(JPEG.encode(image, quality: 100)).write(to: URL(filePath: "\(folder)/b.png"))
      #expect(try ImageFile.read("\(folder)/a.jpg") == image)
      #expect(try ImageFile.read("\(folder)/b.png").width == 8)
    }
  }

  @Test func aFileThatIsNotAnImageIsRefusedByName() async throws {
    try await TestFolder.with { folder in
      try Data("GIF89a".utf8).write(to: URL(filePath: "\(folder)/a.gif"))
      try Data().write(to: URL(filePath: "\(folder)/empty"))
      for (name, code, words) in [
        ("a.gif", ImageFileErrorCode.unknownFormat, "neither a PNG nor a JPEG"), ("empty", .unknownFormat, "empty"),
        ("none.png", .unreadable, "No such file"), ("", .unreadable, "is a folder"),
      ] {
        let error = #expect(throws: ImageFileError.self) { try ImageFile.read("\(folder)/\(name)") }
        #expect(error?.code == code)
        #expect(error?.description.hasPrefix("\(folder)/\(name)") == true)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
      }
    }
  }
}
