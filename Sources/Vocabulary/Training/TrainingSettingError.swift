/// A setting of a training that is out of its range.
package struct TrainingSettingError: Error, Equatable, CustomStringConvertible {
  /// As specifications write it, such as `image_size`.
  package let key: String
  /// What it must be, to be read after the key: `is a number from 1 to 4096`.
  package let message: String

  package init(_ key: String, _ message: String) {
    self.key = key
    self.message = message
  }

  package var description: String { "\(key) \(message)" }

  static func check<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ key: String
  ) throws(TrainingSettingError) {
    guard range.contains(value) else {
      throw TrainingSettingError(key, "is a number from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}
