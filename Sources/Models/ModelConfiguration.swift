import Checkpoints
import Files
import Foundation

/// A model's `config.json`, read key by key: a missing key takes the default of diffusers or transformers, and a value
/// that this engine does not support is refused by name instead of being ignored.
package struct ModelConfiguration {
  let file: String
  private let values: [String: Any]

  package init(file: String) throws {
    self.file = file
    guard let data = FileManager.default.contents(atPath: file) else {
      throw CheckpointError(
        .missingFile, file: file, "the file is missing or cannot be read: every model folder needs it")
    }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw CheckpointError(.malformed, file: file, "this is not a JSON object: copy the model's folder again")
    }
    values = object
  }

  /// - Parameters:
  ///   - file: the file to name in errors.
  ///   - values: as `JSONSerialization` reads them.
  package init(file: String, values: [String: Any]) {
    self.file = file
    self.values = values
  }

  func has(_ key: String) -> Bool { values[key].map { !($0 is NSNull) } ?? false }

  /// The object under `key`, such as a CLIP model's `text_config`.
  func object(_ key: String) throws -> ModelConfiguration {
    guard let inner = values[key] as? [String: Any] else { throw invalid(key, "expected an object") }
    return ModelConfiguration(file: file, values: inner)
  }

  func optionalString(_ key: String) throws -> String? {
    guard has(key) else { return nil }
    guard let text = values[key] as? String else { throw invalid(key, "expected a string") }
    return text
  }

  func number(_ key: String, default standard: Double) throws -> Double {
    guard has(key) else { return standard }
    guard let number = (values[key] as? NSNumber)?.doubleValue, number.isFinite else {
      throw invalid(key, "expected a number")
    }
    return number
  }

  func flag(_ key: String, default standard: Bool) throws -> Bool {
    guard has(key) else { return standard }
    guard let flag = values[key] as? Bool else { throw invalid(key, "expected true or false") }
    return flag
  }

  func positive(_ key: String, default standard: Int?) throws -> Int {
    if !has(key), let standard { return standard }
    guard let number = Self.whole(values[key]), (1...1 << 24).contains(number) else {
      throw invalid(key, "expected a whole number above 0")
    }
    return number
  }

  func positives(_ key: String, default standard: [Int]?) throws -> [Int] {
    if !has(key), let standard { return standard }
    guard let list = values[key] as? [Any], !list.isEmpty else {
      throw invalid(key, "expected a list of numbers")
    }
    return try list.map {
      guard let number = Self.whole($0), (1...1 << 24).contains(number) else {
        throw invalid(key, "expected whole numbers above 0")
      }
      return number
    }
  }

  func strings(_ key: String) throws -> [String]? {
    guard has(key) else { return nil }
    guard let list = values[key] as? [String] else { throw invalid(key, "expected a list of strings") }
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

  /// Reads the block types of `count` levels; true for each level that has attention.
  func blocks(_ key: String, attending: String, plain: String, count: Int) throws -> [Bool] {
    guard let names = try strings(key) else { throw invalid(key, "expected a list of block types") }
    guard names.count == count else {
      throw invalid(key, "\(names.count) blocks, but the model has \(count) levels")
    }
    return try names.map {
      guard $0 == attending || $0 == plain else { throw unsupported(key, $0, use: "\(attending) or \(plain)") }
      return $0 == attending
    }
  }

  func require(_ key: String, in accepted: [String], default standard: String) throws {
    let value = try optionalString(key) ?? standard
    guard accepted.contains(value) else { throw unsupported(key, value, use: accepted[0]) }
  }

  func require(_ key: String, equals accepted: Int) throws {
    let value = try positive(key, default: accepted)
    guard value == accepted else { throw unsupported(key, "\(value)", use: "\(accepted)") }
  }

  func requireAbsent(_ key: String) throws {
    guard !has(key) else { throw unsupported(key, "\(values[key] ?? "")", use: "null") }
  }

  func requireFalse(_ key: String) throws {
    if let list = values[key] as? [Any], list.allSatisfy({ ($0 as? Bool) == false }) { return }
    guard try !flag(key, default: false) else { throw unsupported(key, "true", use: "false") }
  }

  func invalid(_ key: String, _ why: String) -> CheckpointError {
    CheckpointError(.malformed, file: file, "key '\(key)': \(why)")
  }

  func unsupported(_ key: String, _ value: String, use accepted: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file,
      "key '\(key)' is \(value), which this engine does not support: it runs models with \(accepted)")
  }

  private static func whole(_ value: Any?) -> Int? {
    guard let number = value as? NSNumber, let whole = Int(exactly: number.doubleValue) else { return nil }
    return whole
  }
}
