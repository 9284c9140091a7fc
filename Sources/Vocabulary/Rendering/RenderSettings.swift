/// The settings for rendering an image, apart from its subject and seed.
package struct RenderSettings: Hashable, Sendable {
  /// In pixels.
  package var width: Int
  /// In pixels.
  package var height: Int
  /// The requested number of denoising steps.
  package var steps: Int
  package var sampler: SamplerName
  /// Whether the sampler is the model's own scheduler rather than a chosen one: keys that the scheduler's file lacks then
  /// have the values to which the reference pipeline corrects them, not the class's defaults.
  package var correctsScheduler = false
  /// How much noise ddim and tcd add in a step, from none, 0, to as much as possible, 1; nil for the sampler's default.
  package var eta: Double?
  /// How the sampler selects its timesteps; nil for what the model's scheduler says.
  package var timestepSpacing: TimestepSpacing?
  /// Classifier-free guidance scale; at 1 and below the prompt counts without guidance.
  package var guidance: Double
  /// The prompt of the unconditional pass.
  package var negative: String
  /// Optimisations that change the image.
  package var shortcuts: Shortcuts
  /// How prompt and negative prompt are read.
  package var promptSyntax = PromptSyntax.literal
  /// Which of the text encoder's layers gives the context, counted from the last one, which is 1.
  package var clipSkip = 1
  package var additions = Additions.none
  /// The picture that the image starts from; nil to start from noise.
  package var source: AddedFile?
  /// The part of the noise schedule, up to 1, that an image with a source runs through.
  package var strength = RenderSettings.defaultStrength
  /// Whether the image's file is signed.
  package var sign = false

  package static let defaultStrength = 0.8

  /// Whether guidance applies, as in diffusers.
  package var isGuided: Bool { guidance > 1 }

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
