import Files
import Foundation
import Imaging
import TestSupport
import Testing

/// Images made by PIL (`Tests/Fixtures/imaging/make_jpeg.py`), and files damaged here.
struct JPEGTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: SourceTree.fixture("imaging/\(name)"))))
  }

  private func pixels(_ name: String) throws -> RGBImage {
    RGBImage(width: 45, height: 37, pixels: try bytes("\(name)-jpg.raw"))
  }

  @Test(arguments: ["full", "quarter", "half", "progressive", "restart", "keep-rgb", "gray", "cmyk"])
  func everyKindHasThePixelsThatPILSees(name: String) throws {
    #expect(try JPEG.decode(bytes("\(name).jpg"), named: name) == pixels(name))
  }

  @Test func writtenFilesAreThoseOfPIL() throws {
    let image = try pixels("scene")
    let full = try JPEG.encode(image, quality: 92)
    #expect(try JPEG.decode(full, named: "full") == pixels("full"))
    let quarter = try JPEG.encode(image, quality: 75, chroma: .quarter)
    #expect(try JPEG.decode(quarter, named: "quarter") == pixels("quarter"))
    #expect(try JPEG.encode(image, quality: 92) == full)
  }

  @Test func truncationIsRefusedUnlessDamageIsAccepted() throws {
    let file = try bytes("quarter.jpg")
    let whole = try JPEG.decode(file, named: "x.jpg")
    for count in [file.count - 2, file.count - 40, file.count / 2 + 200] {
      let part = Array(file[..<count])
      let error = #expect(throws: JPEGError.self) { try JPEG.decode(part, named: "x.jpg") }
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("Premature end of JPEG file") == true, "\(error?.message ?? "")")
      let saved = try JPEG.decode(part, named: "x.jpg", acceptingDamage: true)
      #expect(saved.pixels.prefix(45 * 3) == whole.pixels.prefix(45 * 3))
    }
    for count in 0..<300 {
      #expect(throws: JPEGError.self) { try JPEG.decode(Array(file[..<count]), named: "x.jpg") }
    }
  }

  @Test func damageInsideIsRefused() throws {
    var file = try bytes("restart.jpg")
    let middle = file.count * 3 / 4
    file.replaceSubrange(middle..<middle + 40, with: [UInt8](repeating: 0xFF, count: 40))
    #expect(throws: JPEGError.self) { try JPEG.decode(file, named: "x.jpg") }
  }

  @Test func flippedBytesNeverDoWorseThanAnError() throws {
    let file = try bytes("progressive.jpg")
    for position in stride(from: 2, to: file.count, by: 3) {
      var damaged = file
      damaged[position] ^= 0x55
      do {
        _ = try JPEG.decode(damaged, named: "x.jpg", limits: ImageLimits(side: 512, area: 1 << 16))
      } catch {
        #expect(error is JPEGError)
      }
    }
  }

  @Test func bytesAfterTheEndDoNotMatter() throws {
    #expect(try JPEG.decode(bytes("full.jpg") + [1, 2, 3], named: "x.jpg") == pixels("full"))
  }

  @Test func picturesAboveTheLimitsAreRefusedBeforeMemoryIsTaken() throws {
    var file = try bytes("full.jpg")
    let header = file.indices.first { file[$0...].starts(with: [0xFF, 0xC0]) } ?? 0
    file.replaceSubrange(header + 5..<header + 9, with: [0xF0, 0, 0xF0, 0])
    let error = #expect(throws: JPEGError.self) { try JPEG.decode(file, named: "x.jpg") }
    #expect(error?.code == .tooLarge)
  }

  @Test func filesOfOtherKindsAreRefused() throws {
    for file in [[], [0xFF], Array("not a picture".utf8)] as [[UInt8]] {
      let error = #expect(throws: JPEGError.self) { try JPEG.decode(file, named: "x.jpg") }
      #expect(error?.code == .notJPEG)
    }
  }
}
