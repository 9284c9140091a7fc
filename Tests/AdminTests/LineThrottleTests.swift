import Admin
import Farm
import Testing

@Suite struct LineThrottleTests {
  @Test func aLineComesAtOnceOnAChangeOfStateAndElseEveryTenSeconds() throws {
    var throttle = LineThrottle()
    let start = ContinuousClock.now
    func admits(_ state: BatchState, _ done: Int, _ seconds: Int) throws -> Bool {
      throttle.admits(try Samples.status(state, done: done), at: start + .seconds(seconds))
    }
    #expect(try admits(.queued, 0, 0))
    #expect(try !admits(.queued, 0, 60))
    #expect(try admits(.running, 0, 61))
    #expect(try !admits(.running, 5, 62))
    #expect(try admits(.running, 6, 71))
    #expect(try !admits(.running, 6, 90))
    #expect(try admits(.done, 128, 91))
    #expect(try !admits(.done, 128, 120))
  }
}
