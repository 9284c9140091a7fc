import Foundation
import Imaging
import TestSupport
import Testing

/// Values of PIL's `Image.resize`, from `Tests/Fixtures/imaging/make.py`.
struct ResizeTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: SourceTree.fixture("imaging/\(name)"))))
  }

  @Test(arguments: [(7, 5), (23, 40), (41, 19), (60, 3)])
  func everyValueIsThatOfPIL(width: Int, height: Int) throws {
    let image = RGBImage(width: 23, height: 19, pixels: try bytes("rgb.raw"))
    for (name, filter) in [("bilinear", ResizeFilter.bilinear), ("bicubic", .bicubic), ("lanczos", .lanczos)] {
      let expected = try bytes("\(name)-\(width)x\(height).raw")
      #expect(image.resized(width: width, height: height, filter: filter).pixels == expected, "\(name)")
    }
  }

  @Test func sameSizeIsTheSamePicture() throws {
    let image = RGBImage(width: 23, height: 19, pixels: try bytes("rgb.raw"))
    #expect(image.resized(width: 23, height: 19) == image)
  }
}
