/// The plan of stage 1: an encoder, or a classifier of attributes with the same architecture.
package struct EncoderPlan: Hashable, Sendable {
  /// What the network classifies.
  package enum Classes: String, CaseIterable, Sendable { case emotions, attributes }

  package var classes = Classes.emotions
  /// Channels of the stem.
  package var width = 16
  /// The number of blocks per stage; there are at most ``mostStages`` stages.
  package var layers = [1, 1, 1, 1]
  /// The length of an emotion vector.
  package var embedding = 128
  /// The side length of the network's input in pixels.
  package var imageSize = 64
  /// A file with initial weights.
  package var from: String?
  /// The dropout probability of a value of the emotion vector.
  package var dropout: Float = 0.5
  package var augmentation = Augmentation()

  /// The default training settings.
  package static let settings = TrainingSettings(
    steps: 700, batch: 64, rate: 2e-3, warmUp: 50, schedule: .cosine, clip: 5)

  private static let mostStages = 6

  package init() {}

  package func check() throws(SettingError) {
    guard (1...Self.mostStages).contains(layers.count), layers.allSatisfy({ (1...99).contains($0) }) else {
      throw SettingError("layers", "must be a list such as 3,4,6,3")
    }
    for (key, value) in [("width", width), ("embedding", embedding), ("image_size", imageSize)] {
      try SettingError.check(number: value, in: 1...4096, key)
    }
    guard dropout >= 0, dropout < 1 else {
      throw SettingError("dropout", "must be at least 0 and below 1")
    }
    guard augmentation.crop > 0, augmentation.crop <= 1 else {
      throw SettingError("crop", "must be above 0 and at most 1")
    }
    let shares = [
      ("flip", augmentation.flip), ("shift", augmentation.shift), ("jitter", augmentation.jitter),
      ("blur", augmentation.blur),
    ]
    for (key, value) in shares where !(0...1).contains(value) {
      throw SettingError(key, "must be a number from 0 to 1")
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
    // This key was added later. It is omitted at its default, so that older documents stay identical.
    case .blur: augmentation.blur > 0 ? augmentation.blur : nil
    }
  }
}
