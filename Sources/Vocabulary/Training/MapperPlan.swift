/// The plan of stage 2: the model whose mapper is trained, and the loss.
package struct MapperPlan: Hashable, Sendable {
  /// The model's folder.
  package var model: String
  /// Which weights of the model's folder are read if it holds several; nil for its usual ones.
  package var variant: String?
  package var loss: MapperSettings
  /// Width of the mapper's hidden layer.
  package var hidden = 256
  /// The attributes used by the loss; nil uses all of the confidence table.
  package var attributes: [String]?
  /// The files that are added to the base model. The mapper is trained on the result, which stays as it is.
  package var additions = Additions.none

  /// The default training settings.
  package static let settings = TrainingSettings(
    steps: 900, batch: 16, rate: 1e-3, warmUp: 0, schedule: .constant)

  package init(model: String, loss: MapperSettings = MapperSettings.Preset.paper.settings) {
    self.model = model
    self.loss = loss
  }

  package func check() throws(SettingError) {
    try SettingError.check(number: hidden, in: 1...65_536, "hidden")
    guard loss.attributeWeight >= 0, loss.attributeWeight.isFinite else {
      throw SettingError("attribute_weight", "is 0 or more")
    }
    guard loss.attributeTemperature > 0, loss.attributeTemperature.isFinite else {
      throw SettingError("attribute_temperature", "must be a number above 0")
    }
    guard loss.vectorNoise >= 0, loss.vectorNoise.isFinite else {
      throw SettingError("vector_noise", "is 0 or more")
    }
    guard attributes.map({ !$0.isEmpty && !$0.contains("") }) ?? true else {
      throw SettingError("attributes", "must be a list of names")
    }
    try added.check()
  }

  /// The additions as settings of a request, which are read, written and checked in one way.
  private var added: SettingsOverride {
    get {
      var settings = SettingsOverride()
      settings.vae = additions.vae
      settings.loras = additions.loras.isEmpty ? nil : additions.loras
      settings.embeddings = additions.embeddings.isEmpty ? nil : additions.embeddings
      return settings
    }
    set {
      additions = Additions(
        vae: newValue.vae, loras: newValue.loras ?? [], embeddings: newValue.embeddings ?? [])
    }
  }
}

extension MapperPlan: WrittenSettings {
  package enum Key: String, CodingKey, CaseIterable, Sendable {
    case model, variant, preset, pooling
    case attributeWeight = "attribute_weight"
    case attributeTemperature = "attribute_temperature"
    case vectorNoise = "vector_noise"
    case confidence, hidden, attributes, vae
    case loras = "lora"
    case embeddings = "embedding"
    /// The digests of the files above, in this order. They come last, because reading them needs the files.
    case digests = "sha256"
  }

  package mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure) {
    switch key {
    case .model: model = try value.string()
    case .variant: variant = try value.string()
    case .preset:
      let preset: MapperSettings.Preset = try value.name()
      loss = preset.settings
    case .pooling: loss.pooling = try value.name()
    case .attributeWeight: loss.attributeWeight = Float(try value.number())
    case .attributeTemperature: loss.attributeTemperature = Float(try value.number())
    case .vectorNoise: loss.vectorNoise = Float(try value.number())
    case .confidence: loss.usesConfidence = try value.boolean()
    case .hidden: hidden = try value.integer()
    case .attributes:
      var names: [String] = []
      for element in try value.elements(limit: Limits.cells) { names.append(try element.string()) }
      attributes = names
    case .vae: try added.read(.vae, from: value)
    case .loras: try added.read(.loras, from: value)
    case .embeddings: try added.read(.embeddings, from: value)
    case .digests: try readDigests(from: value)
    }
  }

  /// The digests of the added files; nil if there are none or one is unknown.
  private var digests: [String]? {
    let known = additions.files.compactMap(\.sha256)
    return known.isEmpty || known.count < additions.files.count ? nil : known
  }

  private mutating func readDigests<Value: WrittenValue>(from value: Value) throws(Value.Failure) {
    var digests: [String] = []
    for element in try value.elements(limit: 2 * Limits.addedFiles + 1) {
      digests.append(
        try element.parsed("a SHA-256 of 64 lower-case hexadecimal digits") { text in
          text.wholeMatch(of: #/[0-9a-f]{64}/#).map { String($0.output) }
        })
    }
    let files = additions.files.count
    guard digests.count == files else {
      throw value.error(
        "has \(digests.count) digests for \(files) files: give one for the vae, each lora and each embedding, in this order"
      )
    }
    var rest = digests.makeIterator()
    additions = additions.map { AddedFile(path: $0.path, sha256: rest.next()) }
  }

  package func written(_ key: Key) -> (any Encodable)? {
    switch key {
    case .model: model
    case .variant: variant
    // The mapper's settings are encoded individually.
    case .preset: nil
    case .pooling: loss.pooling.rawValue
    case .attributeWeight: loss.attributeWeight
    case .attributeTemperature: loss.attributeTemperature
    case .vectorNoise: loss.vectorNoise
    case .confidence: loss.usesConfidence
    case .hidden: hidden
    case .attributes: attributes
    case .vae: added.written(.vae)
    case .loras: added.written(.loras)
    case .embeddings: added.written(.embeddings)
    case .digests: digests
    }
  }
}
