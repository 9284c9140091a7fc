import Foundation

/// `timestamp with time zone` in the server's ISO style and UTC: `2026-01-31 12:34:56.789012+00`.
///
/// Days are converted to dates with Howard Hinnant's "chrono-compatible low-level date algorithms".
enum TimestampText {
  /// - Throws: ``PostgresError`` (`invalidParameter`) if the date is outside the years 1 to 9999.
  static func encode(_ date: Date) throws -> String {
    let total = (date.timeIntervalSince1970 * 1_000_000).rounded()
    guard total.isFinite, abs(total) < 4e17 else {
      throw PostgresError(.invalidParameter, "a date outside the years 1 to 9999 cannot be a parameter")
    }
    let microseconds = Int64(total)
    let days = floorDivide(microseconds, 86_400_000_000)
    let ofDay = microseconds - days * 86_400_000_000
    let (year, month, day) = civil(days)
    guard (1...9999).contains(year) else {
      throw PostgresError(.invalidParameter, "a date outside the years 1 to 9999 cannot be a parameter")
    }
    let seconds = ofDay / 1_000_000
    return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2) + " " + pad(seconds / 3600, 2) + ":"
      + pad(seconds / 60 % 60, 2) + ":" + pad(seconds % 60, 2) + "." + pad(ofDay % 1_000_000, 6) + "+00"
  }

  /// Parses a timestamp; nil for infinity, years BC and time zones other than UTC.
  static func decode(_ text: String) -> Date? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 22, bytes.suffix(3) == Array("+00".utf8)[...], bytes[4] == UInt8(ascii: "-"),
      bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: " "), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
      let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19])
    else { return nil }
    var microseconds: Int64 = 0
    let fraction = bytes[19..<(bytes.count - 3)]
    if !fraction.isEmpty {
      guard fraction.first == UInt8(ascii: "."), fraction.count <= 7, let value = number(fraction.dropFirst())
      else { return nil }
      microseconds = value
      for _ in fraction.count..<7 { microseconds *= 10 }
    }
    let total = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
    return Date(timeIntervalSince1970: Double(total * 1_000_000 + microseconds) / 1_000_000)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    Int64(String(decoding: digits, as: UTF8.self))
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    (value - (value % by + by) % by) / by
  }

  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
