import Farm
import Testing

@Suite struct JobMachineTests {
  private func machine(
    _ state: JobState = .running, attempt: Int = 1, complete: Bool = false, batch: BatchState = .running
  ) -> JobMachine {
    JobMachine(state: state, token: 7, attempt: attempt, maxAttempts: 3, isComplete: complete, batch: batch)
  }

  private static let events: [JobMachine.Event] = [
    .complete, .release(.drained), .release(.cancelled), .fail(permanent: true, jitter: 0), .expire(jitter: 0),
  ]

  @Test(arguments: events, [Int64(6), 8])
  func anotherTokenChangesNothing(_ event: JobMachine.Event, _ token: Int64) {
    #expect(machine(complete: true).handle(event, token: token) == .refuseStale)
  }

  @Test(arguments: events, JobState.allCases.filter { $0 != .running })
  func aJobThatDoesNotRunIsNotChanged(_ event: JobMachine.Event, _ state: JobState) {
    #expect(machine(state).handle(event, token: 7) == .refuseStale)
  }

  @Test func aJobWithAllImagesCompletes() {
    #expect(machine(complete: true).handle(.complete, token: 7) == .leave(change(.done, .completed)))
  }

  @Test func aJobThatLacksImagesDoesNotComplete() {
    #expect(machine().handle(.complete, token: 7) == .refuseIncomplete)
  }

  @Test func aReleasedAttemptDoesNotCount() {
    #expect(
      machine(attempt: 2).handle(.release(.drained), token: 7) == .leave(change(.ready, .released, attempt: 1)))
    #expect(
      machine(attempt: 2).handle(.release(.paused), token: 7) == .leave(change(.ready, .released, attempt: 1)))
  }

  @Test func aJobThatWaitsForTheFarmIsDelayed() {
    let expected = change(.ready, .released, attempt: 0, delay: JobBackoff.waiting)
    #expect(machine().handle(.release(.waiting("disk full")), token: 7) == .leave(expected))
  }

  @Test func releasingACompleteJobCompletesIt() {
    #expect(
      machine(complete: true).handle(.release(.drained), token: 7) == .leave(change(.done, .completed)))
  }

  @Test(arguments: [JobMachine.Event.release(.cancelled), .release(.drained), .fail(permanent: false, jitter: 0)])
  func aJobOfACancelledBatchIsCancelledWhenItLeaves(_ event: JobMachine.Event) {
    guard case .leave(let change) = machine(batch: .cancelling).handle(event, token: 7) else {
      Issue.record("the job stayed")
      return
    }
    #expect(change.state == .cancelled)
  }

  @Test func aFailedJobIsRetriedAfterADelay() {
    let expected = change(.ready, .failed, attempt: 1, delay: .seconds(1))
    #expect(machine().handle(.fail(permanent: false, jitter: 0), token: 7) == .leave(expected))
  }

  @Test func aPermanentFailureIsQuarantinedAtOnce() {
    #expect(machine().handle(.fail(permanent: true, jitter: 0), token: 7) == .leave(change(.failed, .failed)))
  }

  @Test func theLastAttemptIsQuarantinedWhetherItFailedOrCrashed() {
    #expect(
      machine(attempt: 3).handle(.fail(permanent: false, jitter: 0), token: 7)
        == .leave(change(.failed, .failed, attempt: 3)))
    #expect(
      machine(attempt: 3).handle(.expire(jitter: 0), token: 7) == .leave(change(.failed, .expired, attempt: 3)))
  }

  @Test func aCrashAfterTheLastImageLosesNothing() {
    #expect(
      machine(attempt: 3, complete: true).handle(.expire(jitter: 0), token: 7)
        == .leave(change(.done, .expired, attempt: 3)))
  }

  private func change(
    _ state: JobState, _ outcome: AttemptOutcome, attempt: Int = 1, delay: Duration = .zero
  ) -> JobMachine.Change {
    JobMachine.Change(state: state, attempt: attempt, delay: delay, outcome: outcome)
  }

  @Test func delaysDoubleUpToTenMinutesWithJitter() {
    #expect(JobBackoff.delay(afterAttempt: 1, jitter: 1) == .seconds(2))
    #expect(JobBackoff.delay(afterAttempt: 2, jitter: 1) == .seconds(4))
    #expect(JobBackoff.delay(afterAttempt: 5, jitter: 0) == .seconds(16))
    #expect(JobBackoff.delay(afterAttempt: 99, jitter: 1) == .seconds(600))
    #expect(JobBackoff.delay(afterAttempt: 99, jitter: 5) == .seconds(600))
  }
}
