import EmoGen
import Farm
import Testing
import Vocabulary
import Worker

@Suite struct ImageCourseTests {
  private let start = ContinuousClock.now

  private func course(_ count: Int = 16) -> ImageCourse {
    ImageCourse(count: count, lease: .seconds(120), now: start)
  }

  private func step(_ call: Int, _ images: Range<Int>) -> RenderProgress {
    RenderProgress(block: .step(call: call, calls: 4), images: images)
  }

  /// Renders a pass and publishes each image as soon as it is decoded.
  private func finish(_ images: Range<Int>, _ course: inout ImageCourse) {
    for call in 1...4 { _ = course.blockFinished(step(call, images), start) }
    for position in images {
      _ = course.imageFinished(position, start)
      _ = course.imagePublished(.published)
    }
  }

  @Test func anUndisturbedJobIsComplete() {
    var course = course()
    finish(0..<8, &course)
    #expect(course.goesOn)
    finish(8..<16, &course)
    #expect(course.closing == .complete)
  }

  @Test func whatWasRejectedDecidesHowTheJobEnds() {
    func course(_ shortage: Acceptance.Shortage, exhausted: [Int] = [], count: Int = 3) -> ImageCourse {
      ImageCourse(
        count: count, lease: .seconds(120), acceptance: Acceptance(notBlank: true, tries: 2, onShortage: shortage),
        exhausted: exhausted, now: start)
    }
    var again = course(.fail)
    for _ in 0..<2 { _ = again.imagePublished(.published) }
    #expect(again.closing == .fail("the render ended after 2 of 3 images", permanent: false))
    #expect(again.imageRejected(.published, index: 2, trial: 0) == false)
    #expect(again.closing == .release(.toppedUp))
    var both = course(.fail)
    _ = both.imagePublished(.published)
    _ = both.imageRejected(.published, index: 1, trial: 1)
    _ = both.imageRejected(.alreadyPublished, index: 2, trial: 0)
    #expect(both.closing == .release(.toppedUp))
    for shortage in Acceptance.Shortage.allCases {
      var last = course(shortage, exhausted: [7])
      for _ in 0..<2 { _ = last.imagePublished(.published) }
      _ = last.imageRejected(.published, index: 5, trial: 1)
      for closing in [last.closing, course(shortage, exhausted: [5, 7], count: 0).closing] {
        switch closing {
        case .complete: #expect(shortage == .partial)
        case .fail(let error, permanent: true):
          #expect(shortage == .fail && error.contains("no image was accepted in 2 tries for indices 5, 7"))
        default: Issue.record("\(closing)")
        }
      }
    }
    #expect(course(.fail, count: 0).closing == .complete)
    var stale = course(.fail)
    #expect(stale.imageRejected(.stale, index: 0, trial: 0) == true)
    #expect(stale.closing == .drop)
  }

  /// The time of measuring is no image's rendering time.
  @Test func measuringCountsForNoPass() {
    var course = course(4)
    for call in 1...4 { _ = course.blockFinished(step(call, 0..<2), start) }
    #expect(course.imageFinished(0, start + .seconds(4)) == 2)
    course.imageMeasured(start + .seconds(5))
    #expect(course.imageFinished(1, start + .seconds(6)) == 2)
    course.imageMeasured(start + .seconds(7))
    for call in 1...4 { _ = course.blockFinished(step(call, 2..<4), start + .seconds(8)) }
    #expect(course.imageFinished(2, start + .seconds(9)) == 1)
  }

  @Test func aPauseFinishesThePassInHandAndReleasesTheRest() {
    var course = course()
    _ = course.blockFinished(step(1, 0..<8), start)
    #expect(course.heartbeatAnswered(.pause, start) == true)
    #expect(course.blockFinished(step(2, 0..<8), start).goesOn)
    for position in 0..<8 {
      #expect(course.goesOn)
      _ = course.imageFinished(position, start)
      _ = course.imagePublished(.published)
    }
    #expect(!course.goesOn)
    #expect(course.closing == .release(.paused))
  }

  @Test func aPauseBetweenTwoPassesStopsAtTheNextBlock() {
    var course = course()
    finish(0..<8, &course)
    #expect(course.heartbeatAnswered(.pause, start) == true)
    #expect(!course.blockFinished(RenderProgress(block: .text, images: 8..<16), start).goesOn)
    #expect(course.closing == .release(.paused))
  }

  @Test func aDrainDuringTheModelLoadStopsAtOnce() {
    var course = course()
    #expect(course.blockFinished(nil, start).goesOn)
    #expect(course.stop(.drained) == true)
    #expect(!course.blockFinished(nil, start).goesOn)
    #expect(course.closing == .release(.drained))
  }

  @Test func aCancelStopsBetweenTwoSteps() {
    var course = course()
    _ = course.blockFinished(step(1, 0..<8), start)
    #expect(course.heartbeatAnswered(.cancel, start) == true)
    #expect(!course.blockFinished(step(2, 0..<8), start).goesOn)
    #expect(course.closing == .release(.cancelled))
  }

  @Test func aCancelOvertakesAPauseAndNotTheOtherWayRound() {
    var course = course()
    _ = course.blockFinished(step(1, 0..<8), start)
    #expect(course.heartbeatAnswered(.pause, start) == true)
    #expect(course.heartbeatAnswered(.cancel, start) == true)
    #expect(!course.goesOn)
    #expect(course.heartbeatAnswered(.pause, start) == false)
    #expect(!course.goesOn)
    #expect(course.closing == .release(.cancelled))
  }

  @Test func anAnswerThatIsKnownIsNoNews() {
    var course = course()
    _ = course.blockFinished(step(1, 0..<8), start)
    #expect(course.heartbeatAnswered(.pause, start) == true)
    #expect(course.heartbeatAnswered(.pause, start) == false)
    #expect(course.stop(.drained) == false)
    #expect(course.heartbeatAnswered(.proceed, start) == false)
  }

  @Test func aStaleJobIsDroppedWhateverElseHappens() {
    var course = course()
    finish(0..<8, &course)
    #expect(course.stop(.failed("out of memory", permanent: false)) == true)
    #expect(course.imagePublished(.stale) == true)
    #expect(!course.goesOn)
    #expect(course.stop(.cancelled) == false)
    #expect(course.closing == .drop)
  }

  @Test func aJobWithAllImagesPublishedIsCompleteEvenIfItWasToStop() {
    var course = course(8)
    finish(0..<8, &course)
    #expect(course.heartbeatAnswered(.cancel, start) == true)
    #expect(course.closing == .complete)
  }

  @Test func anImageThatWasThereBeforeCountsAsPublished() {
    var course = course(1)
    _ = course.imageFinished(0, start)
    #expect(course.imagePublished(.alreadyPublished) == false)
    #expect(course.closing == .complete)
  }

  @Test func aFullDiskReleasesAndAFailureFails() {
    var full = course()
    #expect(full.stop(.waiting("the disk is full")) == true)
    #expect(full.closing == .release(.waiting("the disk is full")))
    var bad = course()
    let fault = HostFault(reason: "the model is damaged", check: .nextJob)
    #expect(bad.stop(.waiting("the disk is full")) == true)
    #expect(bad.stop(.hostFault(fault)) == true)
    #expect(bad.closing == .refuse(fault))
    var broken = course()
    #expect(broken.stop(.failed("no such sampler", permanent: true)) == true)
    #expect(broken.closing == .fail("no such sampler", permanent: true))
  }

  @Test func aRenderThatEndsTooEarlyIsAFailedAttempt() {
    var course = course()
    finish(0..<8, &course)
    #expect(course.closing == .fail("the render ended after 8 of 16 images", permanent: false))
  }

  @Test func anImageTakesItsShareOfItsPass() {
    var course = course()
    _ = course.blockFinished(step(4, 0..<8), start + .seconds(12))
    for position in 0..<8 {
      #expect(course.imageFinished(position, start + .seconds(16)) == 2)
    }
    _ = course.blockFinished(step(4, 8..<16), start + .seconds(20))
    #expect(course.imageFinished(8, start + .seconds(24)) == 1)
  }

  @Test func heartbeatsFollowProgressAndNeverOvertakeEachOther() {
    var course = course()
    #expect(!course.blockFinished(step(1, 0..<8), start + .milliseconds(900)).beats)
    #expect(course.blockFinished(step(2, 0..<8), start + .milliseconds(1100)).beats)
    #expect(course.latest?.step == 2)
    #expect(!course.blockFinished(step(3, 0..<8), start + .milliseconds(5000)).beats)
    _ = course.heartbeatAnswered(.proceed, start + .milliseconds(5000))
    #expect(!course.blockFinished(step(4, 0..<8), start + .milliseconds(5500)).beats)
    #expect(course.blockFinished(step(4, 0..<8), start + .milliseconds(6000)).beats)
    course.heartbeatLost(start + .milliseconds(6000))
    #expect(course.blockFinished(step(4, 0..<8), start + .milliseconds(7000)).beats)
  }

  @Test func theRenderWaitsForRoomAndEndsWhereNobodyStoresAnyMore() {
    var course = course()
    for _ in 0..<ImageCourse.imagesInFlight {
      let handsOver = course.handOver()
      #expect(handsOver == true)
    }
    let full = course.handOver()
    #expect(full == nil)
    course.tookOver()
    let again = course.handOver()
    #expect(again == true)
    // A drain still stores the current images; a lost job does not.
    _ = course.stop(.drained)
    let drained = course.handOver()
    #expect(drained == nil)
    _ = course.stop(.stale)
    let lost = course.handOver()
    #expect(lost == false)
  }
}
