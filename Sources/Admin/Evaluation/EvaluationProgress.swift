/// Progress in rendering or reading a column's images.
package struct EvaluationProgress {
  private let label: String
  private let total: Int
  private let start: ContinuousClock.Instant

  package init(_ label: String, of total: Int, start: ContinuousClock.Instant = .now) {
    self.label = TerminalText.safe(label)
    self.total = total
    self.start = start
  }

  private func seconds(_ now: ContinuousClock.Instant) -> Double {
    let passed = start.duration(to: now).components
    return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
  }

  /// `ours: 1,000 of 20,000 images, 210 images/s, about 1 min 30 s left`, behind a bar if there is paint.
  package func line(_ done: Int, paint: Paint? = nil, now: ContinuousClock.Instant = .now) -> String {
    let seconds = seconds(now)
    var text = paint.map { $0.bar(done, of: total, width: 24) + " " } ?? ""
    text += "\(label): \(Measure.count(done)) of \(Measure.count(total, "image"))"
    guard done > 0, seconds > 0 else { return text }
    text += ", \(Measure.rate(Double(done) / seconds))"
    let left = seconds * Double(total - done) / Double(done)
    return left >= 0.5 ? text + ", about \(Measure.duration(left)) left" : text
  }

  /// `ours: rendered 800 images in 3 min`.
  package func summary(_ verb: String, _ done: Int, now: ContinuousClock.Instant = .now) -> String {
    "\(label): \(verb) \(Measure.count(done, "image")) in \(Measure.duration(seconds(now)))"
  }
}
