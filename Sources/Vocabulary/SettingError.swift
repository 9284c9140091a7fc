/// A setting whose value is not accepted.
package struct SettingError: Error, Equatable, CustomStringConvertible {
  /// As specifications write it, such as `image_size`.
  package let key: String
  /// Which part of the value is at fault, such as `the width`; nil for a setting of one value.
  package let part: String?
  /// What is wrong or what is accepted, to be read after the key: `is a number from 1 to 4096`.
  package let message: String

  package init(_ key: String, part: String? = nil, _ message: String) {
    self.key = key
    self.part = part
    self.message = message
  }

  package var description: String { key + reason }

  /// The description without the key, for those who name the setting otherwise, as flags do.
  package var reason: String { (part.map { ": \($0)" } ?? "") + " \(message)" }
}

extension SettingError {
  /// Holds a value to its bounds.
  package static func check<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ key: String, part: String? = nil
  ) throws(SettingError) {
    guard range.contains(value) else {
      throw SettingError(
        key, part: part, "is \(value), but must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// The same for a setting of a training, whose message says what is accepted only.
  static func check<Value: Comparable>(
    number value: Value, in range: ClosedRange<Value>, _ key: String
  ) throws(SettingError) {
    guard range.contains(value) else {
      throw SettingError(key, "is a number from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// Holds a text to its length.
  ///
  /// - Parameter empty: whether the text may be empty.
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
