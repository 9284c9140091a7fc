import Imaging
import Testing

struct ContactSheetTests {
  private func picture(_ seed: Int, _ width: Int = 64, _ height: Int = 64) -> RGBImage {
    RGBImage(
      width: width, height: height, filledWith: RGBColor(UInt8(seed * 30 % 256), 90, UInt8(255 - seed * 20 % 256)))
  }

  @Test func samePicturesGiveTheSameSheet() {
    let rows = [("awe", (0..<3).map { picture($0) }), ("fear", [picture(4)])].map { (label: $0.0, images: $0.1) }
    #expect(ContactSheet.draw(rows: rows) == ContactSheet.draw(rows: rows))
  }

  @Test func picturesOfTheCellsSizeAreShownUnchanged() {
    let sheet = ContactSheet.draw(rows: [("awe", [picture(1), picture(2)])])
    // The last image ends where the right margin starts.
    let (margin, cell) = (12, 64)
    for (x, y) in [(0, 0), (63, 63), (20, 40)] {
      let index = 3 * ((margin + y) * sheet.width + sheet.width - margin - cell + x)
      #expect(Array(sheet.pixels[index..<index + 3]) == Array(picture(2).pixels[..<3]))
    }
  }

  @Test func labelsLeaveInkAtTheLeft() {
    let labelled = ContactSheet.draw(rows: [("sadness", [picture(1)])])
    let bare = ContactSheet.draw(rows: [("", [picture(1)])])
    #expect(labelled.width > bare.width + 60)
    #expect(labelled.pixels.contains { $0 < 60 })
  }

  @Test func rowsLongerThanTheColumnsAreContinued() {
    let rows = [(label: "awe", images: (0..<5).map { picture($0) })]
    let wide = ContactSheet.draw(rows: rows)
    let wrapped = ContactSheet.draw(rows: rows, columns: 2)
    #expect(wrapped.width < wide.width)
    #expect(wrapped.height == wide.height + 2 * (64 + 2))
  }

  @Test func oddShapesAndEmptySheetsAreDrawn() {
    let rows = [
      (label: "awe=0.7,fear=0.3: a very long prompt, and ünïcode", images: [picture(1, 200, 3), picture(2, 5, 90)])
    ]
    #expect(ContactSheet.draw(rows: rows, cell: 40).height >= 40)
    #expect(ContactSheet.draw(rows: []).width > 0)
    #expect(ContactSheet.draw(rows: [("none", [])]).height >= 64)
  }
}
