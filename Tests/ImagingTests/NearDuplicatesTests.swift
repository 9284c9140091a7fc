import Imaging
import Testing

/// Copies of pictures are tested with drawn ones: `PlantedCopyTests` of the room `DrawnPictures`.
struct NearDuplicatesTests {
  @Test(arguments: [0, 3, 7, 11]) func theIndexFindsWhatComparingWithAllFinds(radius: Int) {
    var random = Sequence64(state: 7)
    // Clusters, because hashes of independent bits are never near each other.
    let centres = (0..<40).map { _ in random.next() }
    let hashes = (0..<2000).map { _ in
      (0..<random.whole(16)).reduce(centres[random.whole(40)]) { bits, _ in bits ^ 1 << UInt64(random.whole(64)) }
    }
    var index = HashIndex()
    for (value, hash) in hashes.enumerated() { index.insert(PerceptualHash(bits: hash), Int32(value)) }
    for query in hashes.prefix(200) {
      var found: [Int: Int] = [:]
      var visits = 0
      index.forEach(near: PerceptualHash(bits: query), within: radius) {
        found[Int($0)] = $1
        visits += 1
      }
      var expected: [Int: Int] = [:]
      for (value, hash) in hashes.enumerated() where (hash ^ query).nonzeroBitCount <= radius {
        expected[value] = (hash ^ query).nonzeroBitCount
      }
      #expect(found == expected && visits == expected.count)
    }
  }

  @Test(arguments: [0, 3, 4, 90, 225]) func picturesWithoutContentsAreCopiesOnlyOfTheirOwnLevel(_ level: UInt8) {
    func picture(_ side: Int, _ level: UInt8) -> PictureSignature {
      PictureSignature(of: RGBImage(width: side, height: side, filledWith: RGBColor(level, level, level)))
    }
    var known = NearDuplicates()
    known.add(picture(40, level))
    #expect(known.match(picture(64, level))?.kind == .near)
    #expect(known.match(picture(40, level))?.kind == .exact)
    #expect(known.match(picture(40, level + 30)) == nil)
    #expect(known.match(PictureSignature(of: RGBImage(width: 1, height: 1, pixels: [0, 255, 3]))) == nil)
  }
}

/// SplitMix64, the same in every run.
private struct Sequence64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func whole(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}
