import Files
import Testing

@Suite struct RetryPauseTests {
  @Test func pausesGrowToTheirLimitAndBeginAgain() {
    var pause = RetryPause(first: .seconds(1), longest: .seconds(8))
    for bound in [1, 2, 4, 8, 8, 8] {
      let duration = pause.next()
      #expect(duration >= .seconds(bound) / 2 && duration <= .seconds(bound))
    }
    pause.reset()
    #expect(pause.next() <= .seconds(1))
  }
}
