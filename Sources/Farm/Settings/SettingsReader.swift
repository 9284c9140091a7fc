import Configuration
import Files
import Vocabulary

/// Reads settings strictly: an invalid value is an error and never falls back to the default.
struct SettingsReader {
  private let reader: ConfigReader

  init(_ reader: ConfigReader) {
    self.reader = reader
  }

  /// The raw value; nil if no layer sets it or it is empty.
  func string(_ key: String) throws(FarmError) -> String? {
    // Every layer holds strings: numbers and switches of a file are parsed here like those of the environment.
    guard let text = reader.string(forKey: ConfigKey(FarmSettings.path(key)), isSecret: true), !text.isEmpty else {
      return nil
    }
    return text
  }

  func integer(_ key: String, _ range: ClosedRange<Int64>) throws(FarmError) -> Int64? {
    guard let text = try string(key) else { return nil }
    guard let value = Int64(text.replacing("_", with: "")), range.contains(value) else {
      throw wrong(key, text, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func bool(_ key: String) throws(FarmError) -> Bool? {
    guard let text = try string(key) else { return nil }
    switch text.lowercased() {
    case "true", "yes", "on", "1": return true
    case "false", "no", "off", "0": return false
    default: throw wrong(key, text, "true or false")
    }
  }

  /// Labels separated by commas; empty if no layer sets them.
  func labels(_ key: String) throws(FarmError) -> [String] {
    guard let text = try string(key) else { return [] }
    do {
      return try Labels.parse([text], key)
    } catch {
      throw FarmError(.badSettings, "\(error.description) (EMOFARM_\(key.uppercased()), or the configuration file)")
    }
  }

  func choice<Value: RawRepresentable & CaseIterable>(_ key: String) throws(FarmError) -> Value?
  where Value.RawValue == String {
    guard let text = try string(key) else { return nil }
    guard let value = Value(rawValue: text) else {
      throw wrong(key, text, "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return value
  }

  private func wrong(_ key: String, _ text: String, _ expected: String) -> FarmError {
    let variable = "EMOFARM_" + key.replacing(".", with: "_").uppercased()
    return FarmError(
      .badSettings, "\(key) is '\(text)', but must be \(expected) (\(variable), or the configuration file)")
  }
}
