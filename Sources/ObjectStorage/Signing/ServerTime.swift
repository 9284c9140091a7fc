package import Foundation

/// The notations of time in requests and answers, all in UTC.
package enum ServerTime {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `20130524T000000Z`, for signing.
  package static func compact(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970.rounded(.down).clamped(to: 0...253_402_300_799))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func digits(_ value: Int32, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2) + "T"
      + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2) + "Z"
  }

  /// The time of a listing or of credentials, such as `2026-10-12T17:50:30.000Z`, or of a header, such as
  /// `Mon, 12 Oct 2026 17:50:30 GMT`; nil for anything else.
  package static func parse(_ text: String) -> Date? {
    if text.hasSuffix("Z") {
      let numbers = text.dropLast().split { !("0"..."9").contains($0) }.map { Int32($0) }
      return numbers.count >= 6 ? time(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]) : nil
    }
    let words = text.split { " ,:".contains($0) }.map(String.init)
    guard words.count == 8, words[7] == "GMT", let month = months.firstIndex(of: words[2]) else { return nil }
    return time(Int32(words[3]), Int32(month + 1), Int32(words[1]), Int32(words[4]), Int32(words[5]), Int32(words[6]))
  }

  private static func time(
    _ year: Int32?, _ month: Int32?, _ day: Int32?, _ hour: Int32?, _ minute: Int32?, _ second: Int32?
  ) -> Date? {
    guard let year, let month, let day, let hour, let minute, let second, (1970...9999).contains(year),
      (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour), (0...59).contains(minute),
      (0...60).contains(second)
    else { return nil }
    var parts = tm()
    parts.tm_year = year - 1900
    parts.tm_mon = month - 1
    parts.tm_mday = day
    parts.tm_hour = hour
    parts.tm_min = minute
    parts.tm_sec = second
    return Date(timeIntervalSince1970: Double(timegm(&parts)))
  }
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    isFinite ? Swift.min(Swift.max(self, range.lowerBound), range.upperBound) : range.lowerBound
  }
}
