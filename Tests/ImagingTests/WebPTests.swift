import Files
import Imaging
import TestSupport
import Testing

struct WebPTests {
  /// A picture without sharp edges, which lossy formats keep nearly as it is.
  private let image: RGBImage = {
    var pixels: [UInt8] = []
    for y in 0..<21 {
      for x in 0..<33 { pixels += [UInt8(100 + 3 * y), UInt8(60 + 2 * x), 120] }
    }
    return RGBImage(width: 33, height: 21, pixels: pixels)
  }()

  @Test func aWrittenFileReadsBackNearlyTheSame() throws {
    let file = try WebP.encode(image, quality: 95)
    #expect(try WebP.encode(image, quality: 95) == file)
    #expect(try WebP.encode(image, quality: 40).count < file.count)
    let read = try ImageFile.decode(file, named: "x.webp")
    #expect((read.width, read.height) == (33, 21))
    let worst = zip(read.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(worst <= 12, "\(worst)")
  }

  @Test(arguments: [true, false]) func metadataComeBackFromTheFile(isWebP: Bool) throws {
    let picture = isWebP ? try WebP.encode(image, quality: 80) : try JPEG.encode(image, quality: 80)
    let comment = Exif(software: "EmoFarm", comment: "awe: 富士\nSteps: 3").bytes
    for metadata in [
      ImageMetadata(exif: comment, xmp: "<x>é</x>"), ImageMetadata(xmp: "<y/>"), ImageMetadata(exif: comment + [0]),
    ] {
      let file = try metadata.added(to: picture, named: "x")
      let (found, rest) = try ImageMetadata.split(file, named: "x")
      #expect(found == metadata && rest == picture)
      #expect(try ImageFile.decode(file, named: "x") == ImageFile.decode(picture, named: "x"))
    }
  }

  @Test func whatAJPEGCannotHoldIsRefused() throws {
    let picture = try JPEG.encode(image, quality: 80)
    let error = #expect(throws: JPEGError.self) {
      try ImageMetadata(xmp: String(repeating: "x", count: 65_505)).added(to: picture, named: "x")
    }
    #expect(error?.message.contains("choose WebP or PNG") == true)
    let most = ImageMetadata(xmp: String(repeating: "x", count: 65_504))
    #expect(try ImageMetadata.split(most.added(to: picture, named: "x"), named: "x").0 == most)
  }

  @Test func truncatedFilesAreRefused() throws {
    let file = try ImageMetadata(xmp: "<y/>").added(to: WebP.encode(image, quality: 80), named: "x")
    for count in 0..<file.count {
      #expect(throws: (any Error).self) { try ImageFile.decode(Array(file[..<count]), named: "x.webp") }
    }
  }

  @Test func hostileFilesAreReadOrRefused() throws {
    let plain = try WebP.encode(image, quality: 80)
    let extended = try ImageMetadata(exif: [1, 2, 3], xmp: "<y/>").added(to: plain, named: "x")
    let limits = ImageLimits(side: 256, area: 1 << 16)
    try Fuzzing.run([plain, extended], throwing: WebPError.self) {
      guard WebP.isWebP($0) else { return }
      _ = try WebP.decode($0, named: "x.webp", limits: limits)
    }
    try Fuzzing.run([plain, extended], throwing: WebPError.self) {
      guard WebP.isWebP($0) else { return }
      _ = try ImageMetadata.split($0, named: "x.webp")
    }
    let jpeg = try ImageMetadata(exif: [1, 2, 3], xmp: "<y/>").added(to: JPEG.encode(image, quality: 80), named: "x")
    try Fuzzing.run([jpeg], throwing: JPEGError.self) {
      guard !WebP.isWebP($0) else { return }
      _ = try ImageMetadata.split($0, named: "x.jpg")
    }
  }
}
