import DrawnPictures
import Imaging
import Testing

/// Copies planted among drawn pictures; `emofarm bench duplicates` measures the same with more of them.
struct PlantedCopyTests {
  private static let size = 128
  private static let count = 96

  private func picture(_ index: Int) -> RGBImage {
    let all = SyntheticAttribute.all
    return all[index % all.count].draw(index: index / all.count, size: Self.size, seed: 3)
  }

  private func part(_ image: RGBImage, _ index: Int) -> RGBImage {
    let side = 115
    var part = RGBImage(width: side, height: side, filledWith: RGBColor(0, 0, 0))
    part.paste(image, x: -(index * 5 % 14), y: -(index * 3 % 14))
    return part
  }

  private func known() -> NearDuplicates {
    var known = NearDuplicates()
    for index in 0..<Self.count { known.add(PictureSignature(of: picture(index))) }
    return known
  }

  @Test(arguments: ["exact", "JPEG", "mirrored", "crop", "half the size"]) func copiesAreFound(_ how: String) throws {
    let known = known()
    var found = 0
    for index in 0..<Self.count {
      let original = picture(index)
      let copy =
        switch how {
        case "exact": original
        case "JPEG": try JPEG.decode(JPEG.encode(original, quality: 75, chroma: .quarter), named: "copy")
        case "mirrored": original.turned(from: .mirrored)
        case "crop": part(original, index)
        default: original.resized(width: Self.size / 2, height: Self.size / 2)
        }
      guard let match = known.match(PictureSignature(of: copy)), match.picture == index else { continue }
      found += 1
      #expect(match.isMirrored == (how == "mirrored"))
      #expect((match.kind == .exact) == (how == "exact"))
    }
    #expect(found >= (how == "crop" ? Self.count * 9 / 10 : Self.count), "\(found) of \(Self.count)")
  }

  @Test func fewOtherPicturesPassForCopies() {
    let known = known()
    let others = Self.count..<Self.count + 200
    let found = others.count { known.match(PictureSignature(of: picture($0))) != nil }
    #expect(found <= 2, "\(found) of \(others.count)")
  }

  /// The larger picture may also come after its part.
  @Test func aPictureIsFoundByAPartOfIt() {
    var found = 0
    for index in 0..<Self.count {
      var known = NearDuplicates()
      known.add(PictureSignature(of: part(picture(index), index)))
      found += known.match(PictureSignature(of: picture(index)))?.kind == .crop ? 1 : 0
    }
    #expect(found >= Self.count * 9 / 10, "\(found) of \(Self.count)")
  }
}
