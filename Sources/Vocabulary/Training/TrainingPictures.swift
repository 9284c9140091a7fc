/// Where the pictures of a stage come from: a dataset in EmoSet's layout, or drawn ones.
package struct TrainingPictures: Hashable, Sendable {
  /// The dataset's folder; drawn pictures where nil.
  package var folder: String?
  /// Drawn pictures of each attribute.
  package var perAttribute: Int
  /// Pixels of a side; other pictures are resized.
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

  /// Which pictures, in words: another set is another run.
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
