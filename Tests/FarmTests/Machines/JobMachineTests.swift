import Farm
import Testing

@Suite struct JobMachineTests {
  private func machine(
    _ state: JobState = .running, attempt: Int = 1, complete: Bool = false, batch: BatchState = .running
  ) -> JobMachine {
    JobMachine(state: state, token: 7, claim: 70, attempt: attempt, maxAttempts: 3, isComplete: complete, batch: batch)
  }

  private let holder = JobHandle(batch: 1, job: 1, token: 7, claim: 70)

  private static let events: [JobMachine.Event] = [
    .complete, .release(.drained), .release(.cancelled), .fail(permanent: true, jitter: 0), .expire(jitter: 0),
    .hostFault(hosts: 1),
  ]

  @Test(arguments: events, [Int64(6), 8])
  func anotherTokenChangesNothing(_ event: JobMachine.Event, _ token: Int64) {
    let stale = JobHandle(batch: 1, job: 1, token: token, claim: 70)
    #expect(machine(complete: true).handle(event, under: stale) == .refuseStale)
  }

  /// After a restore from a backup, the token is issued again for another claim.
  @Test(arguments: events) func theSameTokenOfAnotherClaimChangesNothing(_ event: JobMachine.Event) {
    let stranger = JobHandle(batch: 1, job: 1, token: 7, claim: 71)
    #expect(machine(complete: true).handle(event, under: stranger) == .refuseStale)
  }

  @Test(arguments: events, JobState.allCases.filter { $0 != .running })
  func aJobThatDoesNotRunIsNotChanged(_ event: JobMachine.Event, _ state: JobState) {
    #expect(machine(state).handle(event, under: holder) == .refuseStale)
  }

  @Test func aJobWithAllImagesCompletes() {
    #expect(machine(complete: true).handle(.complete, under: holder) == .leave(change(.done, .completed)))
  }

  @Test func aJobThatLacksImagesDoesNotComplete() {
    #expect(machine().handle(.complete, under: holder) == .refuseIncomplete)
  }

  @Test func aReleasedAttemptDoesNotCount() {
    #expect(
      machine(attempt: 2).handle(.release(.drained), under: holder) == .leave(change(.ready, .released, attempt: 1)))
    #expect(
      machine(attempt: 2).handle(.release(.paused), under: holder) == .leave(change(.ready, .released, attempt: 1)))
  }

  @Test func aJobThatWaitsForTheFarmIsDelayed() {
    let expected = change(.ready, .released, attempt: 0, delay: JobBackoff.waiting)
    #expect(machine().handle(.release(.waiting("disk full")), under: holder) == .leave(expected))
  }

  @Test func oneOrTwoHostsThatFailAJobCostItNoAttemptAndThreeBlameIt() {
    for hosts in 1...2 {
      #expect(
        machine(attempt: 2).handle(.hostFault(hosts: hosts), under: holder)
          == .leave(change(.ready, .released, attempt: 1)))
    }
    #expect(
      machine(attempt: 2).handle(.hostFault(hosts: 3), under: holder) == .leave(change(.failed, .failed, attempt: 2)))
    #expect(machine(complete: true).handle(.hostFault(hosts: 3), under: holder) == .leave(change(.done, .failed)))
  }

  @Test func releasingACompleteJobCompletesIt() {
    #expect(
      machine(complete: true).handle(.release(.drained), under: holder) == .leave(change(.done, .completed)))
  }

  @Test(arguments: [JobMachine.Event.release(.cancelled), .release(.drained), .fail(permanent: false, jitter: 0)])
  func aJobOfACancelledBatchIsCancelledWhenItLeaves(_ event: JobMachine.Event) {
    guard case .leave(let change) = machine(batch: .cancelling).handle(event, under: holder) else {
      Issue.record("the job stayed")
      return
    }
    #expect(change.state == .cancelled)
  }

  @Test func aFailedJobIsRetriedAfterADelay() {
    let expected = change(.ready, .failed, attempt: 1, delay: .seconds(1))
    #expect(machine().handle(.fail(permanent: false, jitter: 0), under: holder) == .leave(expected))
  }

  @Test func aPermanentFailureIsQuarantinedAtOnce() {
    #expect(machine().handle(.fail(permanent: true, jitter: 0), under: holder) == .leave(change(.failed, .failed)))
  }

  @Test func theLastAttemptIsQuarantinedWhetherItFailedOrCrashed() {
    #expect(
      machine(attempt: 3).handle(.fail(permanent: false, jitter: 0), under: holder)
        == .leave(change(.failed, .failed, attempt: 3)))
    #expect(
      machine(attempt: 3).handle(.expire(jitter: 0), under: holder) == .leave(change(.failed, .expired, attempt: 3)))
  }

  @Test func aCrashAfterTheLastImageLosesNothing() {
    #expect(
      machine(attempt: 3, complete: true).handle(.expire(jitter: 0), under: holder)
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
