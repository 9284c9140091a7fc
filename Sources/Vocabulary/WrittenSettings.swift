/// A group of settings in a specification, each with its own key.
///
/// A conforming type lists each setting once in every `switch` over ``Key``, so that the compiler reports what a new
/// setting still lacks. The list of known keys, reading and writing are derived from them.
package protocol WrittenSettings: Encodable {
  /// The keys, in the order in which they are read and listed.
  associatedtype Key: CodingKey & CaseIterable & RawRepresentable where Key.RawValue == String

  /// Reads a setting from a document.
  mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure)
  /// The written value of a setting; nil if the setting is not written.
  func written(_ key: Key) -> (any Encodable)?
}

extension WrittenSettings {
  package static var keys: [String] { Key.allCases.map(\.rawValue) }

  /// Reads every setting that a mapping contains; other entries are left to the caller.
  package mutating func read<Value: WrittenValue>(_ entries: [String: Value]) throws(Value.Failure) {
    for key in Key.allCases {
      if let value = entries[key.rawValue] { try read(key, from: value) }
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for key in Key.allCases {
      if let value = written(key) { try container.encode(value, forKey: key) }
    }
  }
}
