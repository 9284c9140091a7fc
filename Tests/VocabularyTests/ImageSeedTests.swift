import Testing
import Vocabulary

struct ImageSeedTests {
  @Test func seedsWrapAtTwoToTheSixtyThree() {
    let last = UInt64(Int64.max)
    #expect(ImageSeed.of(3, startingAt: 7) == 10)
    #expect(ImageSeed.of(1, startingAt: last) == 0)
    #expect(ImageSeed.of(4, startingAt: last - 1) == 2)
    #expect(ImageSeed.of(-1, startingAt: 0) == last)
    #expect(ImageSeed.of(.max, startingAt: last) == last - 1)
  }
}
