extension RenderSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case width, height, steps, sampler, guidance, negative, precision, reuse, vae, loras, embeddings, strength, eta,
      sign
    case correctsScheduler = "corrected_scheduler"
    case guidanceInterval = "guidance_interval"
    case timestepSpacing = "timestep_spacing"
    case promptSyntax = "prompt_syntax"
    case clipSkip = "clip_skip"
    case source = "init"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func given<Value: Decodable>(_ key: CodingKeys, or standard: Value) throws -> Value {
      try container.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    var shortcuts = Shortcuts.none
    shortcuts.precision = try given(.precision, or: shortcuts.precision)
    shortcuts.guidanceInterval = try given(.guidanceInterval, or: shortcuts.guidanceInterval)
    shortcuts.reuse = try given(.reuse, or: shortcuts.reuse)
    self.init(
      width: try container.decode(Int.self, forKey: .width), height: try container.decode(Int.self, forKey: .height),
      steps: try container.decode(Int.self, forKey: .steps),
      sampler: try container.decode(SamplerName.self, forKey: .sampler),
      guidance: try container.decode(Double.self, forKey: .guidance),
      negative: try container.decode(String.self, forKey: .negative), shortcuts: shortcuts)
    eta = try container.decodeIfPresent(Double.self, forKey: .eta)
    timestepSpacing = try container.decodeIfPresent(TimestepSpacing.self, forKey: .timestepSpacing)
    correctsScheduler = try given(.correctsScheduler, or: correctsScheduler)
    promptSyntax = try given(.promptSyntax, or: promptSyntax)
    clipSkip = try given(.clipSkip, or: clipSkip)
    additions.vae = try container.decodeIfPresent(AddedFile.self, forKey: .vae)
    additions.loras = try given(.loras, or: [])
    additions.embeddings = try given(.embeddings, or: [])
    source = try container.decodeIfPresent(AddedFile.self, forKey: .source)
    strength = try given(.strength, or: strength)
    sign = try given(.sign, or: sign)
  }

  /// Settings that change nothing are omitted.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    func encode<Value: Encodable & Equatable>(_ value: Value, unless standard: Value, _ key: CodingKeys) throws {
      if value != standard { try container.encode(value, forKey: key) }
    }
    try container.encode(width, forKey: .width)
    try container.encode(height, forKey: .height)
    try container.encode(steps, forKey: .steps)
    try container.encode(sampler, forKey: .sampler)
    try container.encode(guidance, forKey: .guidance)
    try container.encode(negative, forKey: .negative)
    try encode(correctsScheduler, unless: false, .correctsScheduler)
    let none = Shortcuts.none
    try encode(shortcuts.precision, unless: none.precision, .precision)
    try encode(shortcuts.guidanceInterval, unless: none.guidanceInterval, .guidanceInterval)
    try encode(shortcuts.reuse, unless: none.reuse, .reuse)
    try container.encodeIfPresent(eta, forKey: .eta)
    try container.encodeIfPresent(timestepSpacing, forKey: .timestepSpacing)
    try encode(promptSyntax, unless: .literal, .promptSyntax)
    try encode(clipSkip, unless: 1, .clipSkip)
    try container.encodeIfPresent(additions.vae, forKey: .vae)
    try encode(additions.loras, unless: [], .loras)
    try encode(additions.embeddings, unless: [], .embeddings)
    try container.encodeIfPresent(source, forKey: .source)
    if source != nil { try container.encode(strength, forKey: .strength) }
    try encode(sign, unless: false, .sign)
  }
}

extension RenderSettings {
  /// The same settings with each file outside the model replaced, for example by the same file with its digest.
  package func mapFiles<E: Error>(_ change: (AddedFile) throws(E) -> AddedFile) throws(E) -> RenderSettings {
    var settings = self
    settings.additions = try additions.map(change)
    if let source { settings.source = try change(source) }
    return settings
  }
}
