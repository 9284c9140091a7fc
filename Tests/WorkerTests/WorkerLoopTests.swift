import Farm
import Testing
import Worker

@Suite struct WorkerLoopTests {
  private let plenty: Int64 = 10 << 30

  private func loop(once: Bool = false) -> WorkerLoop {
    WorkerLoop(endsWhenEmpty: once, minimumFreeBytes: 1 << 30)
  }

  @Test func withRoomAJobIsClaimed() {
    var loop = loop()
    #expect(loop.ready(freeBytes: plenty) == .claim)
  }

  @Test func belowTheLimitNothingIsClaimedAndItSaysSoOnce() throws {
    var loop = loop()
    guard case .hold(let note, _, let isNews) = loop.ready(freeBytes: 1 << 29) else {
      Issue.record("a full disk must hold the worker")
      return
    }
    #expect(note == "waiting: 0.5 GiB free in the data folder, needs 1.0 GiB")
    #expect(isNews)
    guard case .hold(_, _, false) = loop.ready(freeBytes: 1 << 28) else {
      Issue.record("the second time is no news")
      return
    }
    #expect(loop.ready(freeBytes: plenty) == .claim)
  }

  @Test func aDataFolderThatCannotBeReadHolds() {
    var loop = loop()
    guard case .hold = loop.ready(freeBytes: nil) else {
      Issue.record("nothing could be published")
      return
    }
  }

  @Test func aStoreThatIsRefusedHoldsUntilItIsTheFarmsAgain() {
    var loop = loop()
    guard case .hold("waiting: no marker", _, true) = loop.ready(freeBytes: plenty, refusal: "no marker") else {
      Issue.record("a job would be claimed whose images cannot be stored")
      return
    }
    #expect(loop.ready(freeBytes: plenty) == .claim)
  }

  @Test func aJobThatCouldNotBeStoredHoldsOnceBeforeTheNextClaim() {
    var loop = loop()
    loop.finished(.release(.waiting("the volume is full")))
    guard case .hold("waiting: the volume is full", _, true) = loop.ready(freeBytes: plenty) else {
      Issue.record("the next job would fail for the same reason")
      return
    }
    #expect(loop.ready(freeBytes: plenty) == .claim)
    #expect(loop.note == "waiting: the volume is full")
    loop.finished(.release(.waiting("the volume is full")))
    guard case .hold(_, _, false) = loop.ready(freeBytes: plenty) else {
      Issue.record("the same trouble is no news")
      return
    }
    #expect(loop.ready(freeBytes: plenty) == .claim)
    loop.finished(.complete)
    #expect(loop.note == nil)
    #expect(loop.ready(freeBytes: plenty) == .claim)
  }

  @Test func anIdleWorkerSleepsUntilTheNextPollOrTheNextJob() {
    var loop = loop()
    guard case .sleep(let poll) = loop.foundNothing(nextRunIn: nil) else {
      Issue.record("an idle worker waits")
      return
    }
    #expect(poll >= WorkerLoop.poll * 0.75 && poll <= WorkerLoop.poll * 1.25)
    guard case .sleep(let short) = loop.foundNothing(nextRunIn: .seconds(1)) else {
      Issue.record("an idle worker waits")
      return
    }
    #expect(short >= .seconds(1) && short < .milliseconds(1200))
    guard case .sleep(let bounded) = loop.foundNothing(nextRunIn: .seconds(3600)) else {
      Issue.record("an idle worker waits")
      return
    }
    #expect(bounded <= WorkerLoop.poll * 1.25)
    // If this machine's clock is ahead of the database's, the loop must not spin.
    guard case .sleep(let behind) = loop.foundNothing(nextRunIn: .seconds(-3600)) else {
      Issue.record("an idle worker waits")
      return
    }
    #expect(behind >= .milliseconds(200))
  }

  @Test func onceLeavesWhenNothingIsReadyNowOrLater() {
    var loop = loop(once: true)
    #expect(loop.foundNothing(nextRunIn: nil) == .leave)
    guard case .sleep = loop.foundNothing(nextRunIn: .seconds(2)) else {
      Issue.record("a job that waits out a backoff is still in the queue")
      return
    }
  }

  @Test func aDrainLeavesFromEverywhere() {
    var loop = loop()
    loop.drain()
    #expect(loop.ready(freeBytes: plenty) == .leave)
    #expect(loop.ready(freeBytes: 0) == .leave)
    #expect(loop.foundNothing(nextRunIn: .seconds(1)) == .leave)
    #expect(loop.serverIsAway(pause: .seconds(1)) == .leave)
  }

  @Test func withoutAServerTheLoopPauses() {
    #expect(loop().serverIsAway(pause: .seconds(3)) == .sleep(.seconds(3)))
  }
}
