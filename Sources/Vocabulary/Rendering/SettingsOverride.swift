/// Render settings given by a specification or by flags. Unset ones inherit from the enclosing level.
///
/// Each `switch` below lists every setting once, so that the compiler reports what a new setting still lacks.
package struct SettingsOverride: Hashable, Sendable {
  /// In pixels; both are set or neither.
  package var size: Size?
  package var steps: Int?
  package var sampler: SamplerName?
  package var guidance: Double?
  package var negative: String?
  package var precision: Precision?
  package var guidanceInterval: GuidanceInterval?
  package var reuse: Int?
  package var promptSyntax: PromptSyntax?
  package var clipSkip: Int?
  package var vae: AddedFile?
  /// An empty list removes the LoRAs of the enclosing level.
  package var loras: [LoRAUse]?
  package var embeddings: [EmbeddingUse]?
  package var source: AddedFile?
  package var strength: Double?
  package var eta: Double?
  package var timestepSpacing: TimestepSpacing?
  package var sign: Bool?

  /// The settings by their keys in a specification.
  package enum Key: String, CodingKey, CaseIterable, Sendable {
    case size, steps, sampler, guidance, negative, precision
    case guidanceInterval = "guidance_interval"
    case reuse
    case promptSyntax = "prompt_syntax"
    case clipSkip = "clip_skip"
    case vae
    case loras = "lora"
    case embeddings = "embedding"
    case source = "init"
    case strength, eta
    case timestepSpacing = "timestep_spacing"
    case sign
  }

  /// Width and height in pixels, written `64x64`.
  package struct Size: Hashable, Sendable, CustomStringConvertible {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }

    package var description: String { "\(width)x\(height)" }
  }

  package init(
    size: Size? = nil, steps: Int? = nil, sampler: SamplerName? = nil, guidance: Double? = nil, negative: String? = nil
  ) {
    self.size = size
    self.steps = steps
    self.sampler = sampler
    self.guidance = guidance
    self.negative = negative
  }

  /// Overrides every setting with those of `settings`.
  package init(_ settings: RenderSettings) {
    size = Size(width: settings.width, height: settings.height)
    steps = settings.steps
    sampler = settings.sampler
    guidance = settings.guidance
    negative = settings.negative
    precision = settings.shortcuts.precision
    guidanceInterval = settings.shortcuts.guidanceInterval
    reuse = settings.shortcuts.reuse
    promptSyntax = settings.promptSyntax
    clipSkip = settings.clipSkip
    vae = settings.additions.vae
    loras = settings.additions.loras
    embeddings = settings.additions.embeddings
    source = settings.source
    strength = settings.source == nil ? nil : settings.strength
    eta = settings.eta
    timestepSpacing = settings.timestepSpacing
    sign = settings.sign ? true : nil
  }

  /// The overridden settings, in the order of ``Key``.
  package var named: [Key] { Key.allCases.filter { written($0) != nil } }

  /// Applies the overrides to the base settings.
  package func over(_ base: RenderSettings) -> RenderSettings {
    var settings = base
    for key in named {
      switch key {
      case .size:
        settings.width = size?.width ?? base.width
        settings.height = size?.height ?? base.height
      case .steps: settings.steps = steps ?? base.steps
      case .sampler:
        settings.sampler = sampler ?? base.sampler
        settings.correctsScheduler = sampler == nil && base.correctsScheduler
      case .guidance: settings.guidance = guidance ?? base.guidance
      case .negative: settings.negative = negative ?? base.negative
      case .precision: settings.shortcuts.precision = precision ?? base.shortcuts.precision
      case .guidanceInterval:
        settings.shortcuts.guidanceInterval = guidanceInterval ?? base.shortcuts.guidanceInterval
      case .reuse: settings.shortcuts.reuse = reuse ?? base.shortcuts.reuse
      case .promptSyntax: settings.promptSyntax = promptSyntax ?? base.promptSyntax
      case .clipSkip: settings.clipSkip = clipSkip ?? base.clipSkip
      case .vae: settings.additions.vae = vae ?? base.additions.vae
      case .loras: settings.additions.loras = loras ?? base.additions.loras
      case .embeddings: settings.additions.embeddings = embeddings ?? base.additions.embeddings
      case .source: settings.source = source ?? base.source
      case .strength: settings.strength = strength ?? base.strength
      case .eta: settings.eta = eta ?? base.eta
      case .timestepSpacing: settings.timestepSpacing = timestepSpacing ?? base.timestepSpacing
      case .sign: settings.sign = sign ?? base.sign
      }
    }
    return settings
  }

  /// Checks that every value is within its limits.
  ///
  /// - Throws: ``SettingError`` that names the key, the value and what is accepted.
  package func check() throws(SettingError) {
    for key in named {
      let name = key.rawValue
      switch key {
      case .size:
        guard let size else { continue }
        try SettingError.check(size.width, in: Limits.side, name, part: "the width")
        try SettingError.check(size.height, in: Limits.side, name, part: "the height")
      case .steps: if let steps { try SettingError.check(steps, in: Limits.steps, name) }
      case .guidance:
        guard let guidance else { continue }
        guard guidance.isFinite else { throw SettingError(name, "is \(guidance), but must be finite") }
        try SettingError.check(guidance, in: Limits.guidance, name)
      case .negative:
        if let negative {
          try SettingError.check(text: negative, name, limit: Limits.textLength, empty: true)
        }
      case .reuse: if let reuse { try SettingError.check(reuse, in: Limits.reuse, name) }
      case .clipSkip: if let clipSkip { try SettingError.check(clipSkip, in: Limits.clipSkip, name) }
      case .strength: if let strength { try SettingError.check(strength, in: Limits.strength, name) }
      case .eta:
        if let eta { try SettingError.check(eta, in: Limits.eta, name) }
        try check(name, \.takesEta)
      case .timestepSpacing: try check(name, \.takesTimestepSpacing)
      case .vae: if let vae { try check(vae, name) }
      case .source: if let source { try check(source, name) }
      case .loras:
        try check((loras ?? []).map(\.file), name)
        for use in loras ?? [] { try SettingError.check(use.weight, in: Limits.loraWeight, name, part: "the weight") }
      case .embeddings:
        try check((embeddings ?? []).map(\.file), name)
        for token in (embeddings ?? []).compactMap(\.token) {
          try SettingError.check(text: token, name, limit: Limits.nameLength, empty: false)
        }
      // Every value of their types is accepted.
      case .sampler, .precision, .guidanceInterval, .promptSyntax, .sign: continue
      }
    }
  }

  /// Refuses a setting that has no effect on the sampler beside it.
  private func check(_ name: String, _ isTaken: (SamplerName) -> Bool) throws(SettingError) {
    guard let sampler, !isTaken(sampler) else { return }
    let others = SamplerName.allCases.filter(isTaken).map(\.rawValue).joined(separator: ", ")
    throw SettingError(name, "has no effect on the sampler \(sampler.rawValue): leave it out, or use one of \(others)")
  }

  private func check(_ files: [AddedFile], _ name: String) throws(SettingError) {
    guard files.count <= Limits.addedFiles else {
      throw SettingError(name, "has \(files.count) files, but at most \(Limits.addedFiles) are accepted")
    }
    for file in files { try check(file, name) }
  }

  private func check(_ file: AddedFile, _ name: String) throws(SettingError) {
    try SettingError.check(text: file.path, name, limit: Limits.textLength, empty: false)
  }
}

extension RenderSettings {
  /// Checks that every value is within its limits.
  ///
  /// - Throws: ``SettingError`` that names the key, the value and what is accepted.
  package func check() throws(SettingError) { try SettingsOverride(self).check() }

  /// Explains why a model cannot render this size; nil if it can.
  ///
  /// - Parameter multiple: the model requires width and height to be multiples of this number of pixels.
  package func misfit(multiple: Int) -> String? {
    for (name, side) in [("width", width), ("height", height)] where side % multiple != 0 {
      let below = max(multiple, side / multiple * multiple)
      return "the \(name) \(side) is not a multiple of \(multiple), which the model needs: "
        + "use \(below) or \(below + multiple)"
    }
    return nil
  }
}

extension SettingsOverride: WrittenSettings {
  package mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure) {
    switch key {
    case .size: size = try value.parsed("WIDTHxHEIGHT in pixels, for example 64x64") { Size(parsing: $0) }
    case .steps: steps = try value.integer()
    case .sampler: sampler = try value.name(SamplerName.self, called: "sampler")
    case .guidance: guidance = try value.number()
    case .negative: negative = try value.string()
    case .precision: precision = try value.name()
    case .guidanceInterval:
      guidanceInterval = try value.parsed("LOWER-UPPER between 0 and 1, for example 0.2-0.8") {
        GuidanceInterval(parsing: $0)
      }
    case .reuse: reuse = try value.integer()
    case .promptSyntax: promptSyntax = try value.name()
    case .clipSkip: clipSkip = try value.integer()
    case .vae: vae = AddedFile(path: try value.string())
    case .loras:
      loras = try value.list { (item) throws(Value.Failure) in
        try item.parsed("FILE or FILE:WEIGHT, for example style.safetensors:0.8") { LoRAUse(parsing: $0) }
      }
    case .embeddings:
      embeddings = try value.list { (item) throws(Value.Failure) in
        try item.parsed("FILE or FILE:TOKEN, for example cat.safetensors:<cat>") { EmbeddingUse(parsing: $0) }
      }
    case .source: source = AddedFile(path: try value.string())
    case .strength: strength = try value.number()
    case .eta: eta = try value.number()
    case .timestepSpacing: timestepSpacing = try value.name()
    case .sign: sign = try value.boolean()
    }
  }

  package func written(_ key: Key) -> (any Encodable)? {
    switch key {
    case .size: size?.description
    case .steps: steps
    case .sampler: sampler
    case .guidance: guidance
    case .negative: negative
    case .precision: precision
    case .guidanceInterval: guidanceInterval
    case .reuse: reuse
    case .promptSyntax: promptSyntax
    case .clipSkip: clipSkip
    case .vae: vae?.path
    case .loras: loras?.map(\.written)
    case .embeddings: embeddings?.map(\.written)
    case .source: source?.path
    case .strength: strength
    case .eta: eta
    case .timestepSpacing: timestepSpacing
    case .sign: sign
    }
  }
}

extension SettingsOverride.Size {
  /// Parses `WIDTHxHEIGHT`; nil unless both are plain decimal numbers.
  package init?(parsing text: String) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false)
    guard sides.count == 2, sides.allSatisfy({ !$0.isEmpty && $0.count <= 6 && $0.utf8.allSatisfy(Self.isDigit) }),
      let width = Int(sides[0]), let height = Int(sides[1])
    else { return nil }
    self.init(width: width, height: height)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
