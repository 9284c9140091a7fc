/// The speed of a run, averaged over the last minute, so that a pause for evaluation counts but does not dominate.
struct StepPace {
  private static let window = Duration.seconds(60)
  private var marks: [(step: Int, time: ContinuousClock.Instant)]

  init(step: Int, at now: ContinuousClock.Instant) { marks = [(step, now)] }

  /// Records a finished step.
  ///
  /// - Returns: steps per second.
  mutating func note(_ step: Int, at now: ContinuousClock.Instant) -> Double {
    // One mark per half second is accurate enough and keeps the list short.
    if let last = marks.last, marks.count == 1 || now - last.time > .milliseconds(500) {
      marks.append((step, now))
      while marks.count > 2, now - marks[1].time > Self.window { marks.removeFirst() }
    }
    let seconds = (now - marks[0].time) / .seconds(1)
    return seconds > 0 ? Double(step - marks[0].step) / seconds : 0
  }
}
