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
    loop.finished(.release(.waiting("the volume is full")), job: 1)
    guard case .hold("waiting: the volume is full", _, true) = loop.ready(freeBytes: plenty) else {
      Issue.record("the next job would fail for the same reason")
      return
    }
    #expect(loop.ready(freeBytes: plenty) == .claim)
    #expect(loop.note == "waiting: the volume is full")
    loop.finished(.release(.waiting("the volume is full")), job: 1)
    guard case .hold(_, _, false) = loop.ready(freeBytes: plenty) else {
      Issue.record("the same trouble is no news")
      return
    }
    #expect(loop.ready(freeBytes: plenty) == .claim)
    loop.finished(.complete, job: 1)
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

  private func lease(_ job: Int64, ends: Double, left: Duration) -> JobLease {
    JobLease(handle: JobHandle(batch: 1, job: job, token: 1, claim: 7), ends: ends, left: left)
  }

  @Test func onceWaitsForTheLeaseOfAKilledWorkerAndNotForALivingOne() {
    var loop = loop(once: true)
    guard
      case .sleep(let first) = loop.foundNothing(
        nextRunIn: nil, leases: [lease(1, ends: 100, left: .seconds(9)), lease(2, ends: 100, left: .seconds(9))])
    else {
      Issue.record("the leases may be those of killed workers")
      return
    }
    #expect(first == .seconds(1))
    // Job 2's worker lives; job 1's lease ends unrenewed.
    guard
      case .sleep(let second) = loop.foundNothing(
        nextRunIn: nil, leases: [lease(1, ends: 100, left: .milliseconds(300)), lease(2, ends: 108, left: .seconds(9))])
    else {
      Issue.record("job 1 is still held by nobody")
      return
    }
    #expect(second == .milliseconds(300))
    // A claim by another worker is no reason to wait.
    let last = loop.foundNothing(
      nextRunIn: nil, leases: [lease(2, ends: 109, left: .seconds(9)), lease(3, ends: 99, left: .seconds(9))])
    #expect(last == .leave)
    #expect(!loop.leavesWork)
  }

  /// One that its server had not read when it was killed.
  @Test func oneRenewalIsNoSignOfLife() {
    var loop = loop(once: true)
    for (ends, left) in [(100.0, Duration.seconds(9)), (105, .seconds(5)), (105, .milliseconds(300))] {
      let action = loop.foundNothing(nextRunIn: nil, leases: [lease(1, ends: ends, left: left)])
      #expect(action == .sleep(min(left, .seconds(1))))
    }
    #expect(loop.foundNothing(nextRunIn: nil) == .leave)
    #expect(!loop.leavesWork)
  }

  @Test func onceThatIsToldToStopLeavesWork() {
    var loop = loop(once: true)
    #expect(loop.ready(freeBytes: plenty) == .claim)
    loop.drain()
    #expect(loop.ready(freeBytes: plenty) == .leave)
    #expect(loop.leavesWork)
  }

  @Test func onceWaitsForRoomForAboutAMinute() {
    var loop = loop(once: true)
    var waited = Duration.zero
    while case .hold(_, let pause, _) = loop.ready(freeBytes: 0) { waited += pause }
    #expect(waited >= .seconds(25) && waited <= .seconds(70))
    #expect(loop.leavesWork)
  }

  @Test func aPauseHoldsUntilItIsEndedAlsoOnce() {
    for once in [false, true] {
      var loop = loop(once: once)
      #expect(loop.setPause("paused by anna") == true)
      #expect(loop.ready(freeBytes: plenty) == .pause(note: "paused by anna", isNews: true))
      #expect(loop.setPause("paused by anna") == false)
      #expect(loop.ready(freeBytes: plenty) == .pause(note: "paused by anna", isNews: false))
      #expect(loop.setPause(nil) == true)
      #expect(loop.setPause(nil) == false)
      #expect(loop.ready(freeBytes: plenty) == .claim)
      _ = loop.setPause("paused by bert")
      loop.drain()
      #expect(loop.ready(freeBytes: plenty) == .leave)
      #expect(loop.leavesWork == once)
    }
  }

  @Test func aCapIsSaidAndOnceLeavesWork() {
    var idle = loop()
    guard case .sleep(let pause) = idle.foundNothing(nextRunIn: nil, cap: "the host is full") else {
      Issue.record("an idle worker waits")
      return
    }
    #expect(pause >= WorkerLoop.poll * 0.75)
    #expect(idle.note == "waiting: the host is full")
    _ = idle.foundNothing(nextRunIn: nil)
    #expect(idle.note == nil)
    var once = loop(once: true)
    #expect(once.foundNothing(nextRunIn: nil, cap: "the host is full") == .leave)
    #expect(once.leavesWork)
  }

  private let fault = HostFault(reason: "the model is damaged", check: .nextJob)

  @Test func aHostFaultSuspendsWithGrowingPausesUntilItIsRepaired() throws {
    var loop = loop()
    var longest = Duration.zero
    for round in 0..<12 {
      loop.finished(.refuse(fault), job: 1)
      guard case .suspend(fault, let pause, let isNews) = loop.ready(freeBytes: plenty) else {
        Issue.record("the next job would fail for the same reason")
        return
      }
      #expect(isNews == (round == 0))
      #expect(pause <= .seconds(300))
      longest = max(longest, pause)
      guard case .suspend(_, _, false) = loop.ready(freeBytes: plenty) else {
        Issue.record("still suspended, and no news")
        return
      }
    }
    #expect(longest >= .seconds(150))
    loop.resume()
    #expect(loop.ready(freeBytes: plenty) == .claim)
    loop.finished(.complete, job: 1)
    loop.finished(.refuse(fault), job: 1)
    guard case .suspend(_, let pause, true) = loop.ready(freeBytes: plenty) else {
      Issue.record("a new fault is news")
      return
    }
    #expect(pause <= .seconds(2))
  }

  @Test func threeDifferentJobsThatFailInARowAreTheHostsFault() {
    var loop = loop()
    let failure = JobClosing.fail("odd", permanent: false)
    for job: Int64 in [1, 1, 1, 2] {
      loop.finished(failure, job: job)
      #expect(loop.ready(freeBytes: plenty) == .claim)
    }
    // A quarantined specification says nothing about the host, and a finished job clears it.
    loop.finished(.fail("not finite", permanent: true), job: 3)
    #expect(loop.ready(freeBytes: plenty) == .claim)
    loop.finished(.complete, job: 4)
    loop.finished(failure, job: 5)
    loop.finished(failure, job: 6)
    #expect(loop.ready(freeBytes: plenty) == .claim)
    loop.finished(failure, job: 7)
    guard case .suspend(let fault, _, true) = loop.ready(freeBytes: plenty) else {
      Issue.record("whatever it takes would fail too")
      return
    }
    #expect(fault.reason.contains("3 jobs in a row failed on this host: odd"))
  }

  @Test func onceLeavesWithAHostFaultAndSaysSo() {
    var loop = loop(once: true)
    loop.finished(.refuse(fault), job: 1)
    #expect(loop.ready(freeBytes: plenty) == .leave)
    #expect(loop.leavesWork)
  }

  @Test func aQueueWhoseAnswerCannotBeReadHoldsAndEndsNothing() {
    var loop = loop()
    guard case .hold("waiting: odd", _, true) = loop.claimFailed("odd") else {
      Issue.record("the daemon goes on")
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
