import Files
import Foundation
import Imaging
import TestSupport
import Testing

/// Images made by PIL (`Tests/Fixtures/imaging/make.py`), and files damaged here.
struct PNGTests {
  private let texts = [
    PNGText(keyword: "emofarm", text: "{\"emotion\":\"awe\"} 富士 🗻", kind: .international),
    PNGText(keyword: "parameters", text: "awe: café\nSteps: 20", kind: .latin1),
  ]

  private func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: SourceTree.fixture("imaging/\(name)"))))
  }

  private var gradient: RGBImage {
    RGBImage(width: 33, height: 17, pixels: (0..<33 * 17 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) })
  }

  @Test func pictureAndTextsComeBackAsTheyWereWritten() throws {
    let file = try PNG.encode(gradient, texts: texts)
    let decoded = try PNG.decode(file, named: "x.png")
    #expect(decoded.image == gradient)
    #expect(decoded.texts == texts)
    #expect(try PNG.texts(file, named: "x.png") == texts)
  }

  @Test func sameInputGivesSameBytes() throws {
    #expect(try PNG.encode(gradient, texts: texts) == PNG.encode(gradient, texts: texts))
  }

  @Test func textsStandInOrderBeforeThePixels() throws {
    let file = try PNG.encode(gradient, texts: texts)
    let names = ["IHDR", "iTXt", "tEXt", "IDAT", "IEND"].map { name in
      file.indices.first { file[$0...].starts(with: name.utf8) } ?? -1
    }
    #expect(names == names.sorted())
    #expect(!names.contains(-1))
  }

  @Test(arguments: [
    ("rgb.png", "rgb.raw"), ("rgba.png", "rgb.raw"), ("rgb16.png", "rgb.raw"), ("interlaced.png", "rgb.raw"),
    ("gray.png", "gray.raw"), ("bits.png", "bits.raw"), ("palette.png", "palette.raw"),
  ])
  func everyColourTypeBecomesRGB(file: String, raw: String) throws {
    let image = try PNG.decode(bytes(file), named: file).image
    #expect(image == RGBImage(width: 23, height: 19, pixels: try bytes(raw)))
  }

  @Test func textsWrittenByPILAreReadAlsoCompressedOnes() throws {
    #expect(
      try PNG.texts(bytes("rgb.png"), named: "rgb.png") == [
        PNGText(keyword: "Title", text: "café", kind: .latin1),
        PNGText(keyword: "Comment", text: "富士 🗻", kind: .international),
        PNGText(keyword: "Packed", text: "left out", kind: .latin1),
      ]
    )
  }

  @Test func kindIsChosenByWhatTheTextNeeds() {
    #expect(PNGText(keyword: "k", text: "café\nx").kind == .latin1)
    #expect(PNGText(keyword: "k", text: "富士").kind == .international)
    #expect(PNGText(keyword: "k", text: "tab\t").kind == .international)
    #expect(PNGText(keyword: "k", text: "e\u{301}").kind == .international)
  }

  @Test(arguments: ["", " x", "x ", "a  b", "富", "a\nb", String(repeating: "k", count: 80)])
  func keywordThatPNGCannotStoreIsRefused(keyword: String) {
    #expect(throws: PNGError.self) { try PNG.encode(gradient, texts: [PNGText(keyword: keyword, text: "t")]) }
  }

  @Test func textThatPNGCannotStoreIsRefused() {
    for text in [PNGText(keyword: "k", text: "富", kind: .latin1), PNGText(keyword: "k", text: "a\0b")] {
      #expect(throws: PNGError.self) { try PNG.encode(gradient, texts: [text]) }
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let file = try bytes("palette.png")
    for count in 0..<file.count {
      #expect(throws: PNGError.self) { try PNG.decode(Array(file[..<count]), named: "cut.png") }
      #expect(throws: PNGError.self) { try PNG.texts(Array(file[..<count]), named: "cut.png") }
    }
  }

  @Test func everyFlippedByteIsRefused() throws {
    let file = try bytes("palette.png")
    for index in file.indices {
      var damaged = file
      damaged[index] ^= 0x11
      #expect(throws: PNGError.self) { try PNG.decode(damaged, named: "flipped.png") }
    }
  }

  @Test func bytesAfterTheEndAreRefusedWithTheirOffset() throws {
    let file = try bytes("gray.png")
    let error = #expect(throws: PNGError.self) { try PNG.decode(file + [0], named: "long.png") }
    #expect(error?.offset == file.count)
    #expect(error?.description == "long.png at byte \(file.count): 1 bytes follow the end of the image")
  }

  @Test func wrongChecksumNamesTheChunkAndItsOffset() throws {
    var file = try PNG.encode(gradient, texts: texts)
    file[8 + 25 + 20] ^= 1
    let error = #expect(throws: PNGError.self) { try PNG.texts(file, named: "x.png") }
    #expect(error?.description == "x.png at byte 33: chunk iTXt is damaged: its checksum (CRC) is wrong")
  }

  @Test func otherFilesAreNotPNG() {
    for bytes in [[], Array("GIF89a".utf8)] as [[UInt8]] {
      let error = #expect(throws: PNGError.self) { try PNG.decode(bytes, named: "x") }
      #expect(error?.code == .notPNG)
    }
  }

  @Test func picturesBeyondTheLimitsAreRefusedBeforeTheyAreRead() throws {
    let file = try PNG.encode(gradient)
    let narrow = #expect(throws: PNGError.self) {
      try PNG.decode(file, named: "x.png", limits: ImageLimits(side: 32, area: 1 << 20))
    }
    #expect(narrow?.code == .tooLarge)
    let small = #expect(throws: PNGError.self) {
      try PNG.decode(file, named: "x.png", limits: ImageLimits(side: 64, area: 560))
    }
    #expect(small?.code == .tooLarge)
    #expect(try PNG.decode(file, named: "x.png", limits: ImageLimits(side: 33, area: 561)).image == gradient)
  }
}
