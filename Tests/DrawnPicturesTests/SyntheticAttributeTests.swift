import Crypto
import DrawnPictures
import Imaging
import Testing
import Vocabulary

struct SyntheticAttributeTests {
  private func digest(size: Int) -> String {
    let pixels = SyntheticAttribute.all.flatMap { attribute in
      (0..<3).flatMap { attribute.draw(index: $0, size: size, seed: 7).pixels }
    }
    return SHA256.hash(data: pixels).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  @Test func everyEmotionHasFourAttributesNamedByOneWord() {
    #expect(SyntheticAttribute.all.count == 32)
    #expect(Set(SyntheticAttribute.all.map(\.name)).count == 32)
    for emotion in Emotion.allCases { #expect(SyntheticAttribute.all.count { $0.emotion == emotion } == 4) }
    for attribute in SyntheticAttribute.all {
      #expect(attribute.name.allSatisfy { ("a"..."z").contains($0) })
      #expect(attribute.secondEmotion != attribute.emotion)
      #expect((attribute.secondEmotion == nil) == (attribute.secondShare == 0))
    }
    #expect(SyntheticAttribute.all.count { $0.kind == .scene } == 16)
    let mean = SyntheticAttribute.all.reduce(0) { $0 + $1.secondShare } / 32
    #expect(abs(mean - 0.18) < 0.02)
  }

  @Test func secondEmotionsOccurInTheirShareOfPictures() {
    for attribute in SyntheticAttribute.all {
      for count in [7, 100, 1000] {
        let second = (0..<count).count { attribute.emotion(index: $0) == attribute.secondEmotion }
        #expect(abs(Double(second) - Double(count) * attribute.secondShare) <= 1)
      }
    }
  }

  /// A change of these digests changes every dataset and model that uses the drawings.
  @Test func picturesHaveTheSamePixelsEverywhere() {
    #expect(digest(size: 64) == "498d54be14862f3e5178d4c4b25b84bc93f5ace5f0c5f7d06dd704bc40bb618c")
    #expect(digest(size: 128) == "0537032f23f45d89781d0b99684e26c9a64bf8b9ad5c7ddda81ff38b1dff223d")
  }

  @Test func indexAndSeedChangeThePicture() {
    for attribute in SyntheticAttribute.all {
      let first = attribute.draw(index: 0, size: 32, seed: 1)
      #expect(first == attribute.draw(index: 0, size: 32, seed: 1))
      #expect(first != attribute.draw(index: 1, size: 32, seed: 1))
      #expect(first != attribute.draw(index: 0, size: 32, seed: 2))
    }
  }

  @Test func anotherSizeShowsTheSamePicture() {
    for attribute in SyntheticAttribute.all {
      let small = attribute.draw(index: 4, size: 64, seed: 1)
      let large = attribute.draw(index: 4, size: 128, seed: 1).resized(width: 64, height: 64, filter: .bilinear)
      let difference = zip(small.pixels, large.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      #expect(Double(difference) / Double(small.pixels.count) < 5, "\(attribute.name)")
    }
  }
}
