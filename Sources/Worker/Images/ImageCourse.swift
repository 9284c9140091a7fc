package import EmoGen
package import Farm
package import Vocabulary

/// State machine of one claimed job of images, without I/O.
///
/// The rendering thread reports blocks and images and learns whether to continue; the tasks around it report the
/// queue's answers. A pass is the set of images that are denoised together. Its images are decoded one after another
/// at the end, so finishing the current images means finishing the pass.
package struct ImageCourse: Sendable {
  private enum State {
    case working
    /// The render continues until the current pass is decoded.
    case finishingPass(StopReason)
    case stopping(StopReason)
  }

  /// The rendering thread's next action after a block.
  package struct Step: Equatable {
    /// If false, the rendering thread throws out of the render.
    package let goesOn: Bool
    /// Send a heartbeat for this block.
    package let beats: Bool
  }

  /// Maximum number of finished images that may wait to be stored; beyond that, the render waits.
  package static let imagesInFlight = 8

  private var state = State.working
  /// Images that were handed over and are not stored yet.
  private var inFlight = 0
  /// Bytes of images that wait on this machine to be sent to the store.
  private var spooledBytes = 0
  /// Positions of the current pass's images, from its first denoising step until its last image is decoded.
  private var pass: Range<Int>?
  private var passStart: ContinuousClock.Instant
  private var secondsEach = 0.0
  private var pace: HeartbeatPace
  private var published = 0
  /// Images that were rejected and whose slots have tries left.
  private var rejected = 0
  /// Slots whose every try was rejected.
  private var exhausted: [Int]
  /// Those of earlier claims, which are not among this one's images.
  private let exhaustedBefore: Int
  private let acceptance: Acceptance?
  private let spoolLimit: Int
  /// Number of images that the job lacked when it was claimed.
  package let count: Int
  /// The step that the next heartbeat reports, with the position of the image it belongs to.
  package private(set) var latest: (position: Int, step: Int, steps: Int)?

  /// - Parameters:
  ///   - spoolLimit: bytes of images that may wait to be sent; beyond that, the render waits.
  ///   - acceptance: what images must be to count; nil for anything.
  ///   - exhausted: the job's slots whose every try was rejected before.
  package init(
    count: Int, lease: Duration, spoolLimit: Int = .max, acceptance: Acceptance? = nil, exhausted: [Int] = [],
    now: ContinuousClock.Instant
  ) {
    self.count = count
    self.acceptance = acceptance
    self.exhausted = exhausted
    exhaustedBefore = exhausted.count
    self.spoolLimit = spoolLimit
    passStart = now
    pace = HeartbeatPace(lease: lease, now: now)
  }

  /// Notes that a block of the render is done; nil means that a part of the model was loaded.
  package mutating func blockFinished(_ progress: RenderProgress?, _ now: ContinuousClock.Instant) -> Step {
    if let progress { note(progress) }
    return Step(goesOn: goesOn, beats: pace.isDue(now))
  }

  /// Notes that an image is decoded.
  ///
  /// - Returns: the image's share of its pass's duration, in seconds.
  package mutating func imageFinished(_ position: Int, _ now: ContinuousClock.Instant) -> Double {
    let pass = pass ?? position..<position + 1
    if position == pass.lowerBound {
      secondsEach = (now - passStart) / .seconds(1) / Double(pass.count)
    }
    if position == pass.upperBound - 1 {
      self.pass = nil
      passStart = now
      if case .finishingPass(let reason) = state { state = .stopping(reason) }
    }
    return secondsEach
  }

  /// Notes that an image was measured: the time does not count as rendering of the next pass.
  package mutating func imageMeasured(_ now: ContinuousClock.Instant) {
    if pass == nil { passStart = now }
  }

  /// A finished image is to be handed over for storing.
  ///
  /// - Returns: whether to hand it over; nil while the render has to wait for room.
  package mutating func handOver() -> Bool? {
    // Images of a job that this worker no longer holds are not stored.
    if stopReason == .stale { return false }
    guard inFlight < Self.imagesInFlight, spooledBytes < spoolLimit else { return nil }
    inFlight += 1
    return true
  }

  /// An image that was handed over is stored, given up, or waits in a file of this size to be sent.
  package mutating func tookOver(spooling bytes: Int = 0) {
    inFlight -= 1
    spooledBytes += bytes
  }

  /// A waiting image of this size is sent, or given up.
  package mutating func sent(_ bytes: Int) {
    spooledBytes -= bytes
  }

  /// Whether the render has more to do.
  package var goesOn: Bool {
    if case .stopping = state { false } else { true }
  }

  /// Notes that the heartbeat could not be delivered.
  package mutating func heartbeatLost(_ now: ContinuousClock.Instant) {
    pace.finish(now)
  }

  /// Applies the queue's answer to a heartbeat.
  ///
  /// - Returns: whether the answer is news.
  package mutating func heartbeatAnswered(_ answer: HeartbeatAnswer, _ now: ContinuousClock.Instant) -> Bool {
    pace.finish(now)
    return answer.stopReason.map { stop($0) } ?? false
  }

  /// Applies the queue's answer to the publication of an image.
  ///
  /// - Returns: whether the answer is news.
  package mutating func imagePublished(_ answer: PublishAnswer) -> Bool {
    switch answer {
    case .published, .alreadyPublished:
      published += 1
      return false
    case .stale:
      return stop(.stale)
    }
  }

  /// Applies the queue's answer to the rejection of an image.
  ///
  /// - Parameters:
  ///   - index: the batch index that it was rendered for.
  ///   - trial: which of the index's tries it was.
  /// - Returns: whether the answer is news.
  package mutating func imageRejected(_ answer: PublishAnswer, index: Int, trial: Int) -> Bool {
    switch answer {
    case .published, .alreadyPublished:
      if let acceptance, trial + 1 >= acceptance.tries { exhausted.append(index) } else { rejected += 1 }
      return false
    case .stale:
      return stop(.stale)
    }
  }

  /// Requests that the job stop.
  ///
  /// - Returns: whether this changes what the job does.
  package mutating func stop(_ reason: StopReason) -> Bool {
    if let current = stopReason, current.rank >= reason.rank { return false }
    state = reason.finishesPass && pass != nil ? .finishingPass(reason) : .stopping(reason)
    return true
  }

  package var stopReason: StopReason? {
    switch state {
    case .working: nil
    case .finishingPass(let reason), .stopping(let reason): reason
    }
  }

  /// How to hand the job back, once the render has ended and its images are published.
  package var closing: JobClosing {
    if stopReason == .stale { return .drop }
    if published == count, exhausted.isEmpty { return .complete }
    switch stopReason {
    case .paused: return .release(.paused)
    case .drained: return .release(.drained)
    case .cancelled: return .release(.cancelled)
    case .waiting(let reason): return .release(.waiting(reason))
    case .hostFault(let fault): return .refuse(fault)
    case .failed(let error, let permanent): return .fail(error, permanent: permanent)
    case .stale: return .drop
    case nil: return settled
    }
  }

  /// How a job ends whose images are all judged.
  private var settled: JobClosing {
    guard let acceptance, published + rejected + exhausted.count - exhaustedBefore == count else {
      return .fail("the render ended after \(published) of \(count) images", permanent: false)
    }
    if rejected > 0 { return .release(.toppedUp) }
    if exhausted.isEmpty || acceptance.onShortage == .partial { return .complete }
    let indices = exhausted.sorted().map(String.init).joined(separator: ", ")
    return .fail(
      "no image was accepted in \(acceptance.tries) tries for \(exhausted.count == 1 ? "index" : "indices") \(indices): "
        + "ask for less, allow more tries, or let the batch end without them (on_shortage: partial)",
      permanent: true)
  }

  private mutating func note(_ progress: RenderProgress) {
    switch progress.block {
    case .text, .encode, .decode:
      // A pass counts as begun once one of its steps is done; stopping before that loses little.
      break
    case .step(let call, let calls):
      pass = progress.images
      latest = (progress.images.lowerBound, call, calls)
    }
  }
}
