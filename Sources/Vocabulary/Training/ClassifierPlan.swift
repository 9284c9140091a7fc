/// The plan of the emotion classifier for generated images, which uses a CLIP model's image features.
package struct ClassifierPlan: Hashable, Sendable {
  /// The CLIP model's folder.
  package var clip: String

  /// The default training settings.
  package static let settings = TrainingSettings(
    steps: 1500, batch: 256, rate: 1e-2, warmUp: 50, schedule: .cosine)

  package init(clip: String) { self.clip = clip }

  package func check() throws(SettingError) {
    guard !clip.isEmpty else { throw SettingError("clip", "must name a folder") }
  }
}

extension ClassifierPlan: WrittenSettings {
  package enum Key: String, CodingKey, CaseIterable, Sendable {
    case clip
  }

  package mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure) {
    switch key {
    case .clip: clip = try value.string()
    }
  }

  package func written(_ key: Key) -> (any Encodable)? {
    switch key {
    case .clip: clip
    }
  }
}
