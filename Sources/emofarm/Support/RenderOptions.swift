import ArgumentParser
import Diffusion
import Farm

/// Flags that say how an image is rendered.
struct RenderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("What the image shall not show: the prompt of the unconditional half.", valueName: "words"))
  var negative: String?

  @Option(help: ArgumentHelp("Denoising steps, 1 to 1000.", valueName: "n"))
  var steps: Int?

  @Option(help: "The sampler.")
  var sampler: SamplerName?

  @Option(
    help: ArgumentHelp("How strongly the image follows what is asked for; 1 switches guidance off.", valueName: "scale")
  )
  var guidance: Double?

  @Option(help: ArgumentHelp("The image's size in pixels, multiples of what the model needs.", valueName: "WxH"))
  var size: SettingsOverride.Size?

  func validate() throws {
    if let steps, !SpecLimits.steps.contains(steps) {
      throw ValidationError("--steps \(steps): a number from 1 to \(SpecLimits.steps.upperBound) is needed.")
    }
    if let guidance, !(guidance.isFinite && SpecLimits.guidance.contains(guidance)) {
      throw ValidationError(
        "--guidance \(guidance): a number from 0 to \(Int(SpecLimits.guidance.upperBound)) is needed.")
    }
    if let size, size.width < 1 || size.height < 1 {
      throw ValidationError("--size \(size): both sides must be positive.")
    }
  }

  var override: SettingsOverride {
    SettingsOverride(size: size, steps: steps, sampler: sampler, guidance: guidance, negative: negative)
  }

  /// Whether any of the flags was given.
  var isGiven: Bool { override != SettingsOverride() }
}

extension SamplerName: ExpressibleByArgument {}

extension SettingsOverride.Size: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(parsing: argument)
  }
}
