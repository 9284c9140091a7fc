import Monitoring
import Testing
import Vocabulary
import Worker

@Suite struct WorkerHealthTests {
  private let start = ContinuousClock.now

  @Test func aWorkerIsReadyOnceItIsRegistered() {
    let health = WorkerHealth(lease: .seconds(120), now: start)
    #expect(health.fault(now: start) == nil)
    #expect(health.hindrance(now: start) == "starting")
    health.note(.ready, now: start)
    #expect(health.hindrance(now: start) == nil)
  }

  @Test func aWorkerThatWaitsOrDrainsTakesNoWork() {
    let health = WorkerHealth(lease: .seconds(120), now: start)
    health.note(.ready, now: start)
    health.note(.hindered("waiting: 0.5 GiB free in the data folder, needs 1.0 GiB"), now: start)
    #expect(health.hindrance(now: start)?.hasPrefix("waiting: 0.5 GiB") == true)
    health.note(.status("idle"), now: start)
    #expect(health.hindrance(now: start) == nil)
    health.note(.draining, now: start)
    #expect(health.hindrance(now: start) == "draining")
    #expect(health.fault(now: start) == nil)
  }

  /// Only signs of work keep a worker alive: its lease has ended, too, if there are none.
  @Test func aSilentWorkerIsNotAlive() {
    let health = WorkerHealth(lease: .seconds(120), now: start)
    health.note(.ready, now: start)
    #expect(health.fault(now: start + .seconds(120)) == nil)
    #expect(health.fault(now: start + .seconds(121)) == "no sign of progress for 121 s")
    health.note(.progress, now: start + .seconds(121))
    #expect(health.fault(now: start + .seconds(122)) == nil)
  }
}
