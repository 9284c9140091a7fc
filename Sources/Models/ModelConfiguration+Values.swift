import Checkpoints
import Files
import Foundation

/// Reading values: `null` is refused where the reference has no meaning for it.
extension ModelConfiguration {
  /// The object under `key`, such as a CLIP model's `text_config`.
  func object(_ key: String) throws -> ModelConfiguration {
    guard let inner = value(key) as? [String: Any] else { throw invalid(key, "expected an object") }
    return ModelConfiguration(file: file, values: inner)
  }

  func string(_ key: String, default standard: String) throws -> String {
    guard let value = value(key) else { return standard }
    guard let text = value as? String else { throw wrong(key, "a string") }
    return text
  }

  /// The text of a key for which `null` means that there is none.
  func optionalString(_ key: String) throws -> String? {
    guard let value = value(key), !(value is NSNull) else { return nil }
    guard let text = value as? String else { throw wrong(key, "a string or null") }
    return text
  }

  func number(_ key: String, default standard: Double) throws -> Double {
    guard let value = value(key) else { return standard }
    guard let number = Self.number(value) else { throw wrong(key, "a number") }
    return number
  }

  func flag(_ key: String, default standard: Bool) throws -> Bool {
    guard let value = value(key) else { return standard }
    // In Python, null counts as false.
    if value is NSNull { return false }
    guard let flag = value as? Bool else { throw wrong(key, "true or false") }
    return flag
  }

  func positive(_ key: String, default standard: Int?) throws -> Int {
    let value = value(key)
    if value == nil, let standard { return standard }
    guard let number = Self.whole(value) else { throw wrong(key, "a whole number above 0") }
    return number
  }

  func positives(_ key: String, default standard: [Int]?) throws -> [Int] {
    let value = value(key)
    if value == nil, let standard { return standard }
    guard let list = value as? [Any], !list.isEmpty else { throw wrong(key, "a list of numbers") }
    return try list.map {
      guard let number = Self.whole($0) else { throw invalid(key, "expected whole numbers above 0") }
      return number
    }
  }

  func strings(_ key: String) throws -> [String]? {
    guard let value = value(key) else { return nil }
    guard let list = value as? [String] else { throw wrong(key, "a list of strings") }
    return list
  }

  /// Reads one number for all levels or a list with one number for each of `count` levels.
  func perLevel(_ key: String, default standard: Int, count: Int) throws -> [Int] {
    guard values[key] is [Any] else {
      return Array(repeating: try positive(key, default: standard), count: count)
    }
    let list = try positives(key, default: nil)
    guard list.count == count else {
      throw invalid(key, "\(list.count) numbers, but the model has \(count) levels")
    }
    return list
  }

  /// Reads one number or a list of equal numbers.
  func uniform(_ key: String, default standard: Int) throws -> Int {
    guard values[key] is [Any] else { return try positive(key, default: standard) }
    let list = try positives(key, default: nil)
    guard list.allSatisfy({ $0 == list[0] }) else { throw unsupported(key, "\(list)", use: "one value for all levels") }
    return list[0]
  }

  /// Reads a side length or a list of height and width, as `[width, height]`; nil if the key is missing or `null`.
  func size(_ key: String) throws -> [Int]? {
    if !has(key) || isNull(key) {
      allow([key])
      return nil
    }
    guard values[key] is [Any] else {
      let side = try positive(key, default: nil)
      return [side, side]
    }
    let sides = try positives(key, default: nil)
    guard sides.count <= 2 else { throw invalid(key, "expected a height and a width") }
    return [sides[sides.count - 1], sides[0]]
  }

  /// Reads the block types of `count` levels; true for each level that has attention.
  func blocks(_ key: String, attending: String, plain: String, count: Int, default standard: [String]?) throws -> [Bool]
  {
    guard let names = try strings(key) ?? standard else { throw invalid(key, "expected a list of block types") }
    guard names.count == count else {
      throw invalid(key, "\(names.count) blocks, but the model has \(count) levels")
    }
    return try names.map {
      guard $0 == attending || $0 == plain else {
        throw unsupported(key, $0, use: attending == plain ? plain : "\(attending) or \(plain)")
      }
      return $0 == attending
    }
  }

  private func wrong(_ key: String, _ expected: String) -> CheckpointError {
    invalid(key, "expected \(expected), but found \(Self.text(values[key]))")
  }

  static func number(_ value: Any) -> Double? {
    guard let number = value as? NSNumber, !isFlag(number), number.doubleValue.isFinite else { return nil }
    return number.doubleValue
  }

  static func whole(_ value: Any?) -> Int? {
    guard let value, let number = number(value), let whole = Int(exactly: number) else { return nil }
    return (1...1 << 24).contains(whole) ? whole : nil
  }
}
