import ArgumentParser
import Vocabulary

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

  @Option(
    help: "fp32, or bf16: large products of halves, faster where the processor has them; the image differs a little.")
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "Guide only in this part of the noise schedule, 0 clean and 1 noise: faster, another image.",
      valueName: "lower-upper"), transform: interval)
  var guidanceInterval: GuidanceInterval?

  @Option(
    help: ArgumentHelp(
      "Run the denoiser's inner levels in every n-th call only: faster, a coarser image.", valueName: "n"))
  var reuse: Int?

  func validate() throws {
    do { try override.check() } catch { throw error.ofFlag }
  }

  @Sendable private static func interval(_ text: String) throws -> GuidanceInterval {
    guard let interval = GuidanceInterval(parsing: text) else {
      throw ValidationError("'\(text)': LOWER-UPPER between 0 and 1 is needed, for example 0.2-0.8.")
    }
    return interval
  }

  var override: SettingsOverride {
    var settings = SettingsOverride(
      size: size, steps: steps, sampler: sampler, guidance: guidance, negative: negative)
    settings.precision = precision
    settings.guidanceInterval = guidanceInterval
    settings.reuse = reuse
    return settings
  }
}

extension SamplerName: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

extension SettingsOverride.Size: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(parsing: argument)
  }
}
