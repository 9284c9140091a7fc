import Foundation

/// Formats figures for tables, independently of the locale.
package enum Figures {
  /// `0.601`: three decimal places for figures around 1, fewer for larger ones.
  package static func text(_ value: Double, digits: Int? = nil) -> String {
    guard value.isFinite else { return "–" }
    let places = digits ?? (abs(value) < 9.995 ? 3 : abs(value) < 99.95 ? 2 : 1)
    return String(format: "%.\(places)f", value)
  }

  /// A value with its interval, such as `0.601 [0.567, 0.634]`.
  package static func text(_ estimate: Estimate?) -> String {
    guard let estimate else { return "–" }
    guard let low = estimate.low, let high = estimate.high else { return text(estimate.value) }
    return "\(text(estimate.value)) [\(text(low)), \(text(high))]"
  }
}
