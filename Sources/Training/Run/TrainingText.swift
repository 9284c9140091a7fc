import Foundation

/// Formats the progress of a run as text.
package enum TrainingText {
  /// A progress line such as `mapper  step 1,240/2,000  loss 0.412  6.1 step/s  ETA 2 min 4 s`.
  package static func line(_ progress: TrainingProgress) -> String {
    let figures = (progress.figures + progress.evaluation).map { "\($0.name) \(number($0.value))" }
    let head = "\(progress.stage)  step \(count(progress.step))/\(count(progress.steps))"
    let pace = "\(number(progress.stepsPerSecond)) step/s"
    let left = progress.step < progress.steps ? ["ETA \(duration(progress.secondsLeft))"] : []
    return ([head] + figures + [pace] + left).joined(separator: "  ")
  }

  /// Three significant digits: `0.412`, `6.1`, `1.2e-05`.
  package static func number(_ value: Double) -> String {
    if value == 0 { return "0" }
    let size = abs(value)
    if size >= 1000, size < 1e7 { return count(Int(value.rounded())) }
    return String(format: "%.3g", value)
  }

  /// `1,240`
  package static func count(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(Substring(digits.suffix(3)), at: 0)
      digits = String(digits.dropLast(3))
    }
    return (value < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
  }

  /// `42 s`, `2 min 4 s`, `3 h 5 min`
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "unknown" }
    let whole = Int(max(0, seconds).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    let minutes = (whole + 30) / 60
    return "\(minutes / 60) h \(minutes % 60) min"
  }
}
