/// How fast a run goes: steps over the last minute, so that a pause for evaluation neither vanishes nor dominates.
struct StepPace {
  private static let window = Duration.seconds(60)
  private var marks: [(step: Int, time: ContinuousClock.Instant)]

  init(step: Int, at now: ContinuousClock.Instant) { marks = [(step, now)] }

  /// Notes a finished step.
  ///
  /// - Returns: steps a second.
  mutating func note(_ step: Int, at now: ContinuousClock.Instant) -> Double {
    // A mark each half second is fine enough, and keeps the list short.
    if let last = marks.last, marks.count == 1 || now - last.time > .milliseconds(500) {
      marks.append((step, now))
      while marks.count > 2, now - marks[1].time > Self.window { marks.removeFirst() }
    }
    let seconds = (now - marks[0].time) / .seconds(1)
    return seconds > 0 ? Double(step - marks[0].step) / seconds : 0
  }
}
