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
      try Data("words".utf8).write(to: URL(filePath: "\(folder)/text"))
      try Data().write(to: URL(filePath: "\(folder)/empty"))
      for (name, code, words) in [
        ("a.gif", ImageFileErrorCode.unknownFormat, "this is a GIF, neither a PNG, a JPEG nor a WebP: convert it"),
        ("text", .unknownFormat, "this is neither a PNG, a JPEG nor a WebP"), ("empty", .unknownFormat, "empty"),
        ("none.png", .unreadable, "No such file"), ("", .unreadable, "is a folder"),
      ] {
        let error = #expect(throws: ImageFileError.self) { try ImageFile.read("\(folder)/\(name)") }
        #expect(error?.code == code)
        #expect(error?.description.hasPrefix("\(folder)/\(name)") == true)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
      }
    }
  }

  @Test func picturesStandUprightAsInPIL() throws {
    func fixture(_ name: String) -> String { SourceTree.fixture("imaging/\(name)") }
    let names = (1...8).map { ("turned-\($0).png", "turned-\($0).raw") } + [("turned.jpg", "turned-jpg.raw")]
    for (name, raw) in names {
      let image = try ImageFile.readUpright(fixture(name))
      #expect(image.pixels == [UInt8](try Data(contentsOf: URL(filePath: fixture(raw)))), "\(name)")
      #expect(try ImageFile.uprightSize(fixture(name)) == (image.width, image.height), "\(name)")
    }
    #expect(try ImageFile.read(fixture("turned-6.png")) == ImageFile.read(fixture("turned-1.png")))
    #expect(try ImageFile.readUpright(fixture("rgb.png")) == ImageFile.read(fixture("rgb.png")))
  }

  /// Transparency is dropped and profiles are ignored, as diffusers does; `Tests/Fixtures/imaging/make_sources.py`.
  @Test(arguments: [
    "rgba.png", "palette.png", "gray.png", "gray-alpha.png", "gray16.png", "turned.jpg", "cmyk.jpg", "gray.jpg",
  ])
  func picturesAreReadAndResizedAsDiffusersDoes(_ name: String) throws {
    let file = SourceTree.fixture("imaging/sources/\(name)")
    let image = try ImageFile.readUpright(file).resized(width: 24, height: 16, filter: .lanczos)
    let expected = [UInt8](try Data(contentsOf: URL(filePath: "\(file).raw")))
    #expect(expected.count == image.pixels.count)
    let error = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.reduce(0, max)
    // Versions of libjpeg round differently.
    #expect(error <= (name.hasSuffix(".jpg") ? 1 : 0), "\(error)")
  }

  @Test func damagedExifLeavesThePictureAsItIsStored() async throws {
    let stored = [UInt8](try Data(contentsOf: URL(filePath: SourceTree.fixture("imaging/turned.jpg"))))
    let start = try #require(stored.indices.first { stored[$0...].starts(with: Array("Exif".utf8)) })
    let upright = try JPEG.decode(stored, named: "turned.jpg")
    try await TestFolder.with { folder in
      // The byte order, the magic number, the directory's offset and its number of entries.
      for offset in [6, 8, 10, 14] {
        var bytes = stored
        bytes[start + offset] = 0xFF
        bytes[start + offset + 1] = 0xFF
        try Data(bytes).write(to: URL(filePath: "\(folder)/a.jpg"))
        let image = try ImageFile.readUpright("\(folder)/a.jpg")
        if offset == 14 { continue }
        #expect(image == upright, "\(offset)")
      }
    }
  }
}
