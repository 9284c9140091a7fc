import Checkpoints
import Files
import Foundation

/// Keys of which the engine knows some values only.
extension ModelConfiguration {
  /// - Parameter accepted: the supported strings; the first one is named in the error.
  func require(_ key: String, in accepted: [String], default standard: String) throws {
    let value = try string(key, default: standard)
    guard accepted.contains(value) else { throw unsupported(key, value, use: accepted[0]) }
  }

  func require(_ key: String, equals accepted: Int) throws {
    let value = try positive(key, default: accepted)
    guard value == accepted else { throw unsupported(key, "\(value)", use: "\(accepted)") }
  }

  func requireNull(_ key: String) throws {
    guard let value = value(key), !(value is NSNull) else { return }
    throw unsupported(key, Self.text(value), use: "null")
  }

  /// One flag for all levels or a list of flags.
  func requireFalse(_ key: String) throws {
    let value = value(key)
    let flags = value as? [Any] ?? [value ?? false]
    guard flags.allSatisfy({ $0 is NSNull || ($0 as? Bool) == false }) else {
      throw unsupported(key, Self.text(value), use: "false")
    }
  }

  /// `null`, or the number `neutral`, or a list of it.
  func requireNeutral(_ key: String, _ neutral: Double) throws {
    guard let value = value(key), !(value is NSNull) else { return }
    let numbers = value as? [Any] ?? [value]
    guard numbers.allSatisfy({ Self.number($0) == neutral }) else {
      throw unsupported(key, Self.text(value), use: "null or \(neutral)")
    }
  }
}
