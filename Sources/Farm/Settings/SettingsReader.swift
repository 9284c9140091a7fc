import Configuration

/// Reads settings strictly: a value that is there but wrong is an error, never a default.
struct SettingsReader {
  private let reader: ConfigReader

  init(_ reader: ConfigReader) {
    self.reader = reader
  }

  /// The value as it was written, nil if no layer has it or it is empty.
  func string(_ key: String) throws(FarmError) -> String? {
    let name = ConfigKey(FarmSettings.path(key))
    // A file's numbers and switches are not texts, so each kind is asked for.
    if let text = reader.string(forKey: name, isSecret: true) { return text.isEmpty ? nil : text }
    if let number = reader.int(forKey: name, isSecret: true) { return String(number) }
    if let flag = reader.bool(forKey: name, isSecret: true) { return String(flag) }
    return nil
  }

  func integer(_ key: String, _ range: ClosedRange<Int64>) throws(FarmError) -> Int64? {
    guard let text = try string(key) else { return nil }
    guard let value = Int64(text), range.contains(value) else {
      throw wrong(key, text, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func bool(_ key: String) throws(FarmError) -> Bool? {
    guard let text = try string(key) else { return nil }
    switch text.lowercased() {
    case "true", "yes", "1": return true
    case "false", "no", "0": return false
    default: throw wrong(key, text, "true or false")
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
