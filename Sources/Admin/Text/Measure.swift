package import Foundation

/// Human-readable numbers; the text is the same in every locale.
package enum Measure {
  /// `0.4 s`, `42 s`, `3 min 5 s`, `2 h 14 min`, `3 d 4 h`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e12 else { return "unknown" }
    let seconds = max(0, seconds)
    if seconds < 9.95 { return "\(decimal(seconds, 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return two(whole / 60, "min", whole % 60, "s") }
    let minutes = (whole + 30) / 60
    if minutes < 24 * 60 { return two(minutes / 60, "h", minutes % 60, "min") }
    let hours = (minutes + 30) / 60
    return two(hours / 24, "d", hours % 24, "h")
  }

  /// `812 B`, `1.9 MiB`, `120 GiB`: binary units, two or three digits.
  package static func bytes(_ bytes: Int64) -> String {
    var value = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
      if abs(value) < 1023.5 || unit == "TiB" {
        return unit == "B" || abs(value) >= 99.95 ? "\(Int(value.rounded())) \(unit)" : "\(decimal(value, 1)) \(unit)"
      }
      value /= 1024
    }
    return "\(bytes) B"
  }

  /// `1,000,000`
  package static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var groups: [Substring] = []
    var rest = digits[...]
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return (value < 0 ? "-" : "") + ([rest] + groups).joined(separator: ",")
  }

  /// `1 image`, `1,000 images`
  package static func count(_ value: Int, _ noun: String, plural: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? noun : plural ?? noun + "s")"
  }

  /// `12.3 images/s`, `6.2 images/min`, `4.0 images/h`
  package static func rate(_ perSecond: Double, _ noun: String = "images") -> String {
    for (unit, seconds) in [("s", 1.0), ("min", 60.0)] where perSecond * seconds >= 0.995 {
      return "\(significant(perSecond * seconds)) \(noun)/\(unit)"
    }
    return "\(significant(perSecond * 3600)) \(noun)/h"
  }

  /// A measured number to three digits: `0.412`, `1.2e-05`.
  package static func figure(_ value: Double) -> String { String(format: "%.3g", value) }

  /// `45 %`, rounded down so that 100 % means all.
  package static func percent(_ part: Int, of whole: Int) -> String {
    whole > 0 ? "\(Int(Double(part) / Double(whole) * 100)) %" : "0 %"
  }

  /// `just now`, `3 min ago`; only the larger unit.
  package static func age(_ date: Date, now: Date) -> String {
    let seconds = Int(exactly: now.timeIntervalSince(date).rounded(.towardZero)) ?? 0
    if seconds < 5 { return "just now" }
    for (unit, size) in [("d", 86_400), ("h", 3600), ("min", 60)] where seconds >= size {
      return "\(seconds / size) \(unit) ago"
    }
    return "\(seconds) s ago"
  }

  /// `2027-03-01 12:00:00 UTC`
  package static func time(_ date: Date) -> String {
    date.formatted(.iso8601.dateSeparator(.dash).timeSeparator(.colon).dateTimeSeparator(.space))
      .replacing("Z", with: " UTC")
  }

  /// The first 12 digits of a digest, enough to tell files apart.
  package static func digest(_ hex: String) -> String { String(hex.prefix(12)) }

  /// A number without a needless fraction: `4`, `7.5`.
  package static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  private static func two(_ major: Int, _ majorUnit: String, _ minor: Int, _ minorUnit: String) -> String {
    minor == 0 ? "\(major) \(majorUnit)" : "\(major) \(majorUnit) \(minor) \(minorUnit)"
  }

  private static func significant(_ value: Double) -> String { decimal(value, value < 9.95 ? 2 : value < 99.5 ? 1 : 0) }

  private static func decimal(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
