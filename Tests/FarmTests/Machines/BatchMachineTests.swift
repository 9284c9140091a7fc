import Farm
import Testing

@Suite struct BatchMachineTests {
  private func machine(
    _ state: BatchState, jobs: Int = 4, done: Int = 0, failed: Int = 0, cancelled: Int = 0, started: Bool = true
  ) -> BatchMachine {
    BatchMachine(state: state, jobs: jobs, done: done, failed: failed, cancelled: cancelled, isStarted: started)
  }

  @Test func theLastJobFinishesTheBatch() {
    var batch = machine(.running, done: 3)
    #expect(batch.handle(.jobLeft(.done)) == .commit)
    #expect(batch.state == .done)
    batch = machine(.running, done: 3)
    #expect(batch.handle(.jobLeft(.failed)) == .commit)
    #expect(batch.state == .failed)
    #expect(batch.failed == 1)
  }

  @Test func jobsThatAreCountedLaterFinishTheBatchToo() {
    var batch = machine(.queued)
    #expect(batch.handle(.tallied(done: 0)) == .nothing)
    #expect(batch.handle(.tallied(done: 3)) == .commit)
    #expect(batch.state == .running && batch.done == 3)
    #expect(batch.handle(.tallied(done: 1)) == .commit)
    #expect(batch.state == .done)
  }

  @Test func aRequeuedJobChangesNoCounter() {
    var batch = machine(.running, done: 3)
    #expect(batch.handle(.jobLeft(.ready)) == .nothing)
    #expect(batch.state == .running)
  }

  @Test func aPausedBatchFinishesWithItsLastJob() {
    var batch = machine(.paused, done: 3)
    #expect(batch.handle(.jobLeft(.done)) == .commit)
    #expect(batch.state == .done)
  }

  @Test func resumingRestoresTheStateBeforeThePause() {
    for (state, started) in [(BatchState.queued, false), (.running, true)] {
      var batch = machine(state, started: started)
      #expect(batch.handle(.pause) == .commit)
      #expect(batch.handle(.pause) == .nothing)
      #expect(batch.state == .paused)
      #expect(batch.handle(.resume) == .commit)
      #expect(batch.state == state)
      #expect(batch.handle(.resume) == .nothing)
    }
  }

  @Test(arguments: [BatchState.done, .failed, .cancelled, .cancelling])
  func finishedBatchesCannotBePausedOrResumed(_ state: BatchState) {
    var batch = machine(state)
    guard case .refuse(let reason) = batch.handle(.pause), case .refuse = batch.handle(.resume) else {
      Issue.record("it was accepted")
      return
    }
    #expect(reason.contains(state.rawValue))
    #expect(batch.state == state)
  }

  @Test func cancellingWaitsForRunningJobs() {
    var batch = machine(.running, done: 1)
    #expect(batch.handle(.cancel(ready: 2)) == .commit)
    #expect(batch.state == .cancelling)
    #expect(batch.handle(.cancel(ready: 0)) == .nothing)
    #expect(batch.handle(.jobLeft(.cancelled)) == .commit)
    #expect(batch.state == .cancelled)
    #expect(batch.cancelled == 3)
  }

  @Test func cancellingAnIdleBatchIsImmediate() {
    var batch = machine(.queued, started: false)
    #expect(batch.handle(.cancel(ready: 4)) == .commit)
    #expect(batch.state == .cancelled)
  }

  @Test func aLateCancellationLeavesTheBatchDone() {
    var batch = machine(.running, done: 3)
    #expect(batch.handle(.cancel(ready: 0)) == .commit)
    #expect(batch.handle(.jobLeft(.done)) == .commit)
    #expect(batch.state == .done)
  }

  @Test func retryOpensAFinishedBatchAgain() {
    var batch = machine(.failed, done: 3, failed: 1)
    #expect(batch.handle(.retry(failed: 1, cancelled: 0)) == .commit)
    #expect(batch.state == .running)
    #expect(batch.failed == 0)
    batch = machine(.cancelled, done: 1, cancelled: 3)
    #expect(batch.retries.cancelled)
    #expect(batch.handle(.retry(failed: 0, cancelled: 3)) == .commit)
    #expect(batch.state == .running)
  }

  @Test func retryWithoutStoppedJobsOrDuringACancellationChangesNothing() {
    var batch = machine(.done, done: 4)
    #expect(batch.handle(.retry(failed: 0, cancelled: 0)) == .nothing)
    #expect(batch.state == .done)
    batch = machine(.cancelling, done: 1, cancelled: 2)
    guard case .refuse = batch.handle(.retry(failed: 0, cancelled: 2)) else {
      Issue.record("it was accepted")
      return
    }
  }

  @Test func repairOpensAFinishedBatchAgain() {
    for (state, failed, cancelled) in [(BatchState.done, 0, 0), (.failed, 1, 0), (.cancelled, 0, 1)] {
      var batch = machine(state, done: 4 - failed - cancelled, failed: failed, cancelled: cancelled)
      #expect(batch.handle(.repair(done: 2)) == .commit)
      #expect(batch.state == .running)
      for _ in 0..<2 { #expect(batch.handle(.jobLeft(.done)) == .commit) }
      #expect(batch.state == state)
    }
    var batch = machine(.paused, done: 3)
    #expect(batch.handle(.repair(done: 1)) == .commit)
    #expect(batch.state == .paused && batch.done == 2)
    #expect(batch.handle(.repair(done: 0)) == .nothing)
    batch = machine(.cancelling, done: 1)
    guard case .refuse = batch.handle(.repair(done: 0)) else {
      Issue.record("it was accepted")
      return
    }
  }

  @Test func aPausedBatchStaysPausedWhenItsFailedJobsAreRetried() {
    var batch = machine(.paused, done: 1, failed: 1)
    #expect(batch.handle(.retry(failed: 1, cancelled: 0)) == .commit)
    #expect(batch.state == .paused)
  }
}
