/// A setting whose value is not accepted.
package struct SettingError: Error, Equatable, CustomStringConvertible {
  /// The setting's key in specifications, such as `image_size`.
  package let key: String
  /// The invalid part of the value, such as `the width`; nil if the setting has a single value.
  package let part: String?
  /// What is wrong or what is accepted. It follows the key: `must be a number from 1 to 4096`.
  package let message: String

  package init(_ key: String, part: String? = nil, _ message: String) {
    self.key = key
    self.part = part
    self.message = message
  }

  package var description: String { key + reason }

  /// The description without the key, for callers that use another name for the setting, as flags do.
  package var reason: String { (part.map { ": \($0)" } ?? "") + " \(message)" }
}

extension SettingError {
  /// Checks that a value is within its bounds.
  package static func check<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ key: String, part: String? = nil
  ) throws(SettingError) {
    guard range.contains(value) else {
      throw SettingError(
        key, part: part, "is \(value), but must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// Checks a setting of a training. The message only says what is accepted.
  static func check<Value: Comparable>(
    number value: Value, in range: ClosedRange<Value>, _ key: String
  ) throws(SettingError) {
    guard range.contains(value) else {
      throw SettingError(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// Checks the length of a string.
  ///
  /// - Parameter empty: whether the string may be empty.
  package static func check(
    text: String, _ key: String, limit: Int, empty: Bool
  ) throws(SettingError) {
    guard empty || !text.isEmpty else { throw SettingError(key, "is empty") }
    guard text.count <= limit else {
      throw SettingError(key, "has \(text.count) characters, but at most \(limit) are accepted")
    }
    guard !text.utf8.contains(0) else { throw SettingError(key, "contains a NUL character") }
  }
}
