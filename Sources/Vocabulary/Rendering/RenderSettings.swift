/// The settings for rendering an image, apart from its subject and seed.
package struct RenderSettings: Hashable, Sendable {
  /// In pixels.
  package var width: Int
  /// In pixels.
  package var height: Int
  /// The requested number of denoising steps.
  package var steps: Int
  package var sampler: SamplerName
  /// Classifier-free guidance scale; 1 disables guidance.
  package var guidance: Double
  /// The prompt of the unconditional pass.
  package var negative: String
  /// Optimisations that change the image.
  package var shortcuts: Shortcuts

  /// Optimisations that render faster but change the image.
  package struct Shortcuts: Hashable, Sendable {
    /// The precision of the denoiser's GEMMs; text encoder and decoder always use fp32.
    package var precision = Precision.fp32
    package var guidanceInterval = GuidanceInterval.whole
    /// The denoiser's inner levels run in every n-th call, and the other calls reuse their last output. 1 runs them in
    /// every call.
    package var reuse = 1

    package static let none = Shortcuts()

    package init() {}

    /// The active shortcuts, each in a few words.
    package var words: [String] {
      (precision == .fp32 ? [] : [precision.rawValue])
        + (guidanceInterval == .whole ? [] : ["guidance in \(guidanceInterval)"])
        + (reuse == 1 ? [] : ["inner levels in one of \(reuse) calls"])
    }
  }

  package init(
    width: Int, height: Int, steps: Int, sampler: SamplerName, guidance: Double, negative: String = "",
    shortcuts: Shortcuts = .none
  ) {
    self.width = width
    self.height = height
    self.steps = steps
    self.sampler = sampler
    self.guidance = guidance
    self.negative = negative
    self.shortcuts = shortcuts
  }

  /// The official code's settings, used if a model folder has no `emogen.json`.
  package static let official = RenderSettings(width: 512, height: 512, steps: 50, sampler: .unipc, guidance: 7.5)
}

extension RenderSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case width, height, steps, sampler, guidance, negative, precision, reuse
    case guidanceInterval = "guidance_interval"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    var shortcuts = Shortcuts.none
    shortcuts.precision = try container.decodeIfPresent(Precision.self, forKey: .precision) ?? shortcuts.precision
    shortcuts.guidanceInterval =
      try container.decodeIfPresent(GuidanceInterval.self, forKey: .guidanceInterval) ?? shortcuts.guidanceInterval
    shortcuts.reuse = try container.decodeIfPresent(Int.self, forKey: .reuse) ?? shortcuts.reuse
    self.init(
      width: try container.decode(Int.self, forKey: .width), height: try container.decode(Int.self, forKey: .height),
      steps: try container.decode(Int.self, forKey: .steps),
      sampler: try container.decode(SamplerName.self, forKey: .sampler),
      guidance: try container.decode(Double.self, forKey: .guidance),
      negative: try container.decode(String.self, forKey: .negative), shortcuts: shortcuts)
  }

  /// Inactive shortcuts are omitted.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(width, forKey: .width)
    try container.encode(height, forKey: .height)
    try container.encode(steps, forKey: .steps)
    try container.encode(sampler, forKey: .sampler)
    try container.encode(guidance, forKey: .guidance)
    try container.encode(negative, forKey: .negative)
    let (own, none) = (shortcuts, Shortcuts.none)
    if own.precision != none.precision { try container.encode(own.precision, forKey: .precision) }
    if own.guidanceInterval != none.guidanceInterval {
      try container.encode(own.guidanceInterval, forKey: .guidanceInterval)
    }
    if own.reuse != none.reuse { try container.encode(own.reuse, forKey: .reuse) }
  }
}
