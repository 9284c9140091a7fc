/// Stage 1: which encoder, or which classifier of attributes in its form.
package struct EncoderPlan: Hashable, Sendable {
  /// What is told apart.
  package enum Classes: String, CaseIterable, Sendable { case emotions, attributes }

  package var classes = Classes.emotions
  /// Channels of the stem.
  package var width = 16
  /// Blocks of each stage, of which there are at most ``mostStages``.
  package var layers = [1, 1, 1, 1]
  /// Length of an emotion vector.
  package var embedding = 128
  /// Pixels of a side of what the network sees.
  package var imageSize = 64
  /// A file with weights to begin from.
  package var from: String?
  /// Probability that a value of the emotion vector is dropped.
  package var dropout: Float = 0.5
  package var augmentation = Augmentation()

  /// What is trained by where nothing else is asked for.
  package static let settings = TrainingSettings(
    steps: 700, batch: 64, rate: 2e-3, warmUp: 50, schedule: .cosine, clip: 5)

  private static let mostStages = 6

  package init() {}

  package func check() throws(SettingError) {
    guard (1...Self.mostStages).contains(layers.count), layers.allSatisfy({ (1...99).contains($0) }) else {
      throw SettingError("layers", "is a list such as 3,4,6,3")
    }
    for (key, value) in [("width", width), ("embedding", embedding), ("image_size", imageSize)] {
      try SettingError.check(number: value, in: 1...4096, key)
    }
    guard dropout >= 0, dropout < 1 else {
      throw SettingError("dropout", "is at least 0 and below 1")
    }
    guard augmentation.crop > 0, augmentation.crop <= 1 else {
      throw SettingError("crop", "is above 0 and at most 1")
    }
    let shares = [
      ("flip", augmentation.flip), ("shift", augmentation.shift), ("jitter", augmentation.jitter),
      ("blur", augmentation.blur),
    ]
    for (key, value) in shares where !(0...1).contains(value) {
      throw SettingError(key, "is a number from 0 to 1")
    }
  }
}

extension EncoderPlan: WrittenSettings {
  package enum Key: String, CodingKey, CaseIterable, Sendable {
    case classes, width, layers, embedding
    case imageSize = "image_size"
    case from, dropout, flip, shift, crop, jitter, blur
  }

  package mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure) {
    switch key {
    case .classes: classes = try value.name()
    case .width: width = try value.integer()
    case .layers:
      var blocks: [Int] = []
      for element in try value.elements(limit: Self.mostStages) { blocks.append(try element.integer()) }
      layers = blocks
    case .embedding: embedding = try value.integer()
    case .imageSize: imageSize = try value.integer()
    case .from: from = try value.string()
    case .dropout: dropout = Float(try value.number())
    case .flip: augmentation.flip = try value.number()
    case .shift: augmentation.shift = try value.number()
    case .crop: augmentation.crop = try value.number()
    case .jitter: augmentation.jitter = try value.number()
    case .blur: augmentation.blur = try value.number()
    }
  }

  package func written(_ key: Key) -> (any Encodable)? {
    switch key {
    case .classes: classes.rawValue
    case .width: width
    case .layers: layers
    case .embedding: embedding
    case .imageSize: imageSize
    case .from: from
    case .dropout: dropout
    case .flip: augmentation.flip
    case .shift: augmentation.shift
    case .crop: augmentation.crop
    case .jitter: augmentation.jitter
    // Younger than the others: documents from before it stay the same.
    case .blur: augmentation.blur > 0 ? augmentation.blur : nil
    }
  }
}
