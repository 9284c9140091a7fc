import Imaging
import Testing

struct LevelTests {
  @Test func levelsAreCutAndRoundedAsAskedFor() {
    let levels: [Float] = [-1e30, -0.0, 0.49, 0.5, 1.5, 2.5, 126.7, 254.5, 255.4, .infinity, -.infinity]
    #expect(
      levels.map { UInt8(level: $0, half: .toNearestOrEven) } == [0, 0, 0, 0, 2, 2, 127, 254, 255, 255, 0])
    #expect(
      levels.map { UInt8(level: $0, half: .toNearestOrAwayFromZero) } == [0, 0, 0, 1, 2, 3, 127, 255, 255, 255, 0])
  }

  @Test func aLevelThatIsNotANumberIsBlackAndDoesNotTrap() {
    #expect(UInt8(level: Float.nan, half: .toNearestOrEven) == 0)
    #expect(UInt8(level: -Double.nan, half: .toNearestOrAwayFromZero) == 0)
  }
}
