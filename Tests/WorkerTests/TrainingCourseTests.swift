import Farm
import Testing
import Worker

@Suite struct TrainingCourseTests {
  private static let start = ContinuousClock.now
  private static let lease = Duration.seconds(100)

  private func course() -> TrainingCourse { TrainingCourse(lease: Self.lease, now: Self.start) }

  private func at(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

  @Test func itGoesOnWhileTheLeaseHolds() {
    var course = course()
    #expect(course.next(at(0)) == .goOn)
    #expect(course.next(at(89)) == .goOn)
    #expect(course.next(at(91)) == .confirm)
    let isNews = course.heartbeatAnswered(.proceed, sent: at(91), at(92))
    #expect(!isNews)
    #expect(course.next(at(190)) == .goOn)
    #expect(course.next(at(191)) == .confirm)
  }

  @Test func aWorkerThatWasStoppedPastItsLeaseWritesNothingBeforeTheQueueHasAnswered() {
    var course = course()
    #expect(course.next(at(500)) == .confirm)
    _ = course.stop(.drained)
    #expect(course.next(at(500)) == .confirm)
    _ = course.heartbeatAnswered(.stale, sent: at(500), at(501))
    #expect(course.next(at(501)) == .drop)
    #expect(course.closing == .drop)
  }

  @Test(arguments: [
    (StopReason.paused, JobClosing.release(.paused)), (.drained, .release(.drained)),
    (.cancelled, .release(.cancelled)),
  ]) func whatStopsItSavesAndGivesTheJobBack(_ reason: StopReason, _ closing: JobClosing) {
    var course = course()
    let isNews = course.stop(reason)
    #expect(isNews)
    #expect(course.next(at(1)) == .save)
    #expect(!course.goesOn)
    #expect(course.closing == closing)
  }

  @Test func aFinishedTrainingIsCompleteWhateverWasAskedInBetween() {
    var course = course()
    _ = course.stop(.drained)
    course.finish()
    #expect(course.closing == .complete)
    _ = course.stop(.stale)
    #expect(course.closing == .drop)
  }

  @Test func heartbeatsFollowStepsAtAPace() {
    var course = course()
    let step = TrainingStep(step: 3, loss: 1, stepsPerSecond: 2)
    let early = course.blockFinished(step, Self.start + .milliseconds(500))
    #expect(!early)
    #expect(course.latest == step)
    let due = course.blockFinished(nil, at(2))
    #expect(due)
    // Only one heartbeat is in flight at a time.
    let second = course.blockFinished(nil, at(4))
    #expect(!second)
    course.heartbeatLost(at(4))
    let later = course.blockFinished(nil, at(6))
    #expect(later)
    #expect(course.latest == step)
  }

  @Test func aFailureIsHandedBackWithItsMessage() {
    var course = course()
    _ = course.stop(.failed("loss is nan", permanent: true))
    #expect(course.next(at(1)) == .drop)
    #expect(course.closing == .fail("loss is nan", permanent: true))
    #expect(self.course().closing == .fail("the training ended before its last step", permanent: false))
  }
}
