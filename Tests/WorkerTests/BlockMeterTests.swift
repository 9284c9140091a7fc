import Testing
import Worker

@Suite struct BlockMeterTests {
  private let start = ContinuousClock.now

  @Test func aLeaseOfFiveBlocksIsLongEnough() {
    var meter = BlockMeter(lease: .seconds(10), now: start)
    #expect(meter.finish(start + .seconds(2)) == nil)
    #expect(meter.finish(start + .seconds(5)) == .seconds(3))
    #expect(meter.longest == .seconds(3))
  }

  @Test func theSameTroubleIsReportedOnce() {
    var meter = BlockMeter(lease: .seconds(10), now: start)
    #expect(meter.finish(start + .seconds(4)) == .seconds(4))
    #expect(meter.finish(start + .seconds(8)) == nil)
    #expect(meter.finish(start + .seconds(16)) == .seconds(8))
  }

  @Test func waitingIsNotWork() {
    var meter = BlockMeter(lease: .seconds(10), now: start)
    meter.start(start + .seconds(60))
    #expect(meter.finish(start + .seconds(61)) == nil)
    #expect(meter.longest == .seconds(1))
  }

  @Test func heartbeatsAreATwentiethOfTheLeaseApartAndAtLeastEachSecond() {
    #expect(HeartbeatPace(lease: .seconds(2), now: start).interval == .milliseconds(100))
    #expect(HeartbeatPace(lease: .seconds(600), now: start).interval == .seconds(1))
  }
}
