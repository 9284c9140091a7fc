/// Settings that stand beside each other in a specification, each under its own key.
///
/// Whoever conforms names a setting once in each `switch` over ``Key``, so that the compiler asks for what a new setting
/// lacks. The list of known keys, reading and writing follow from them.
package protocol WrittenSettings: Encodable {
  /// The keys, in the order in which they are read and listed.
  associatedtype Key: CodingKey & CaseIterable & RawRepresentable where Key.RawValue == String

  /// Takes a setting from a document.
  mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure)
  /// What a document says of a setting; nil if it says nothing.
  func written(_ key: Key) -> (any Encodable)?
}

extension WrittenSettings {
  package static var keys: [String] { Key.allCases.map(\.rawValue) }

  /// Takes every setting that is among a mapping's entries; other entries are left to the caller.
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
