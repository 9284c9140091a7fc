import Foundation

/// The curve of a figure over the steps of a run, drawn as SVG.
package struct TrainingCurve {
  package struct Point: Equatable {
    let x: Double
    package let y: Double

    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  let title: String
  let points: [Point]
  /// Whether the values are noisy, so that the curve needs a smoothed line.
  let isSmoothed: Bool

  private static let width = 320.0
  private static let height = 170.0
  private static let left = 46.0
  private static let right = 8.0
  private static let top = 10.0
  private static let bottom = 20.0
  /// Maximum number of points to draw; more would not be visible.
  private static let drawn = 300

  package init(_ title: String, _ points: [Point], isSmoothed: Bool) {
    self.title = title
    self.points = points.filter { $0.y.isFinite }
    self.isSmoothed = isSmoothed
  }

  /// The curves of a run: the losses first, then what was held out, then how it went.
  package static func all(of steps: [LoggedStep]) -> [TrainingCurve] {
    func names(_ figures: (LoggedStep) -> [String: Double]?) -> [String] {
      Set(steps.flatMap { figures($0).map { Array($0.keys) } ?? [] }).sorted(by: first)
    }
    func points(_ value: (LoggedStep) -> Double?) -> [Point] {
      steps.compactMap { step in value(step).map { Point(x: Double(step.step), y: $0) } }
    }
    var curves = names(\.figures).map { name in TrainingCurve(name, points { $0.figures[name] }, isSmoothed: true) }
    curves += names(\.evaluation).map { name in
      TrainingCurve(
        name.hasPrefix("held-out") ? name : "held out: \(name)", points { $0.evaluation?[name] }, isSmoothed: false)
    }
    curves.append(TrainingCurve("gradient norm", points(\.gradientNorm), isSmoothed: true))
    curves.append(TrainingCurve("learning rate", points(\.rate), isSmoothed: false))
    curves.append(TrainingCurve("samples per second", points(\.samplesPerSecond), isSmoothed: false))
    return curves
  }

  /// Sorts the loss before its parts.
  static func first(_ left: String, _ right: String) -> Bool {
    (left == "loss" ? 0 : 1, left) < (right == "loss" ? 0 : 1, right)
  }

  /// The curve with its axes; nil if it has no points.
  ///
  /// - Parameter steps: the number of steps of the whole run, which the x axis spans.
  package func svg(steps: Int) -> String? {
    guard let last = points.last else { return nil }
    let smooth = isSmoothed ? Self.smoothed(points) : points
    let ticks = Self.ticks(Self.range(smooth, points))
    let (low, high) = (ticks.first ?? 0, ticks.last ?? 1)
    func x(_ value: Double) -> Double {
      Self.left + (Self.width - Self.left - Self.right) * value / Double(max(1, steps))
    }
    func y(_ value: Double) -> Double {
      let share = (min(max(value, low), high) - low) / max(high - low, .leastNormalMagnitude)
      return Self.height - Self.bottom - (Self.height - Self.top - Self.bottom) * share
    }
    func line(_ points: [Point], _ name: String) -> String {
      let list = Self.thinned(points).map { "\(Self.short(x($0.x))),\(Self.short(y($0.y)))" }
      guard list.count > 1 else {
        return points.first.map {
          "<circle class=\"dot\" cx=\"\(Self.short(x($0.x)))\" cy=\"\(Self.short(y($0.y)))\" r=\"2.5\"/>"
        }
          ?? ""
      }
      return "<polyline class=\"\(name)\" points=\"\(list.joined(separator: " "))\"/>"
    }
    var parts = ticks.map { tick in
      """
      <line class="grid" x1="\(Self.left)" x2="\(Self.width - Self.right)" y1="\(Self.short(y(tick)))" \
      y2="\(Self.short(y(tick)))"/><text x="\(Self.left - 5)" y="\(Self.short(y(tick) + 4))" text-anchor="end">\
      \(TrainingText.number(tick))</text>
      """
    }
    for share in [0, 0.5, 1] {
      let step = Int((Double(steps) * share).rounded())
      let anchor = share == 0 ? "start" : share == 1 ? "end" : "middle"
      parts.append(
        "<text x=\"\(Self.short(x(Double(step))))\" y=\"\(Self.height - 5)\" text-anchor=\"\(anchor)\">"
          + "\(TrainingText.count(step))</text>")
    }
    if isSmoothed { parts.append(line(points, "raw")) }
    parts.append(line(smooth, "smooth"))
    let value = TrainingText.number((isSmoothed ? smooth.last : last)?.y ?? last.y)
    return """
      <figure><figcaption><span>\(TrainingPage.escaped(title))</span><b>\(value)</b></figcaption>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(TrainingPage.escaped(title))">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  /// The mean of two exponential averages, one from each end, over about a thirtieth of the points. Averaging from both
  /// ends avoids a lag behind the values and a bias towards the first one.
  package static func smoothed(_ points: [Point]) -> [Point] {
    let decay = 1 - 1 / max(1, Double(points.count) / 30)
    func averages(_ values: [Double]) -> [Double] {
      var (sum, weight) = (0.0, 0.0)
      return values.map { value in
        sum = decay * sum + (1 - decay) * value
        weight = decay * weight + (1 - decay)
        return sum / weight
      }
    }
    let values = points.map(\.y)
    let forwards = averages(values)
    let backwards = Array(averages(values.reversed()).reversed())
    return points.indices.map { Point(x: points[$0].x, y: (forwards[$0] + backwards[$0]) / 2) }
  }

  /// A subset of the points if there are more than can be seen.
  static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > drawn else { return points }
    return (0..<drawn).map { points[$0 * (points.count - 1) / (drawn - 1)] }
  }

  /// The range of the y axis: the smoothed values, and the raw values without outliers.
  private static func range(_ smooth: [Point], _ all: [Point]) -> ClosedRange<Double> {
    let sorted = all.map(\.y).sorted()
    let cut = sorted.count / 50
    let tail = smooth.dropFirst(smooth.count / 50).map(\.y)
    let low = min(sorted[cut], tail.min() ?? sorted[cut])
    let high = max(sorted[sorted.count - 1 - cut], tail.max() ?? low)
    return low...max(low, high)
  }

  /// Three to six round numbers that enclose a range.
  package static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    var (low, high) = (range.lowerBound, range.upperBound)
    if high - low <= abs(high) * 1e-9 {
      // Leave room above and below a constant.
      let room = high == 0 ? 1 : abs(high) * 0.5
      (low, high) = (low - room, high + room)
    }
    let rough = (high - low) / 4
    let power = pow(10, log10(rough).rounded(.down))
    let size = [1, 2, 5, 10].first { $0 * power >= rough }.map { $0 * power } ?? rough
    let first = (low / size).rounded(.down)
    let last = (high / size).rounded(.up)
    return stride(from: first, through: last, by: 1).map { $0 * size }
  }

  private static func short(_ value: Double) -> String { String(format: "%.1f", value) }
}
