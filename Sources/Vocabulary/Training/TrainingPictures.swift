/// The source of a stage's training images: a dataset in EmoSet's layout, or drawn images.
package struct TrainingPictures: Hashable, Sendable {
  /// The dataset's folder; nil uses drawn images.
  package var folder: String?
  /// The number of drawn images per attribute.
  package var perAttribute: Int
  /// The side length in pixels; other images are resized.
  package var size: Int

  package init(folder: String? = nil, perAttribute: Int = 250, size: Int = 64) {
    self.folder = folder
    self.perAttribute = perAttribute
    self.size = size
  }

  package func check() throws(SettingError) {
    try SettingError.check(number: size, in: 16...1024, "size")
    try SettingError.check(number: perAttribute, in: 1...100_000, "per_attribute")
  }

  /// Identifies the image set in words. A run with another set is a different run.
  package var identity: String { folder ?? "\(perAttribute) drawn pictures of \(size)" }
}

extension TrainingPictures: WrittenSettings {
  package enum Key: String, CodingKey, CaseIterable, Sendable {
    case folder = "data"
    case perAttribute = "per_attribute"
    case size
  }

  package mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure) {
    switch key {
    case .folder: folder = try value.string()
    case .perAttribute: perAttribute = try value.integer()
    case .size: size = try value.integer()
    }
  }

  package func written(_ key: Key) -> (any Encodable)? {
    switch key {
    case .folder: folder
    case .perAttribute: perAttribute
    case .size: size
    }
  }
}
