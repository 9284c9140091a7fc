import ArgumentParser
import Vocabulary

/// Flags for render settings.
struct RenderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("What the image should not show: the unconditional prompt.", valueName: "words"))
  var negative: String?

  @Option(help: ArgumentHelp("Denoising steps, 1 to 1000.", valueName: "n"))
  var steps: Int?

  @Option(help: "The sampler.")
  var sampler: SamplerName?

  @Option(
    help: ArgumentHelp(
      "Guidance scale: how closely the image follows the prompt; 1 or less turns guidance off.", valueName: "scale")
  )
  var guidance: Double?

  @Option(
    help: ArgumentHelp(
      "The image's size in pixels; each side must be a multiple that the model supports.", valueName: "WxH"))
  var size: SettingsOverride.Size?

  @Option(
    help:
      "fp32, or bf16: large matrix multiplications in bf16, faster on CPUs that support it; the image differs slightly."
  )
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "Apply guidance only in this part of the noise schedule (0 is clean, 1 is noise): faster, but the image changes.",
      valueName: "lower-upper"), transform: interval)
  var guidanceInterval: GuidanceInterval?

  @Option(
    help: ArgumentHelp(
      "Run the denoiser's inner levels only in every n-th call: faster, but the image is coarser.", valueName: "n"))
  var reuse: Int?

  @Option(
    help: ArgumentHelp(
      "How prompts are read: literal; long, which encodes prompts beyond the text encoder's length in chunks; or a1111, "
        + "with AUTOMATIC1111's weights such as (cat:1.3), in chunks.", valueName: "syntax"))
  var promptSyntax: PromptSyntax?

  @Option(
    help: ArgumentHelp(
      "The text encoder's layer that gives the context, counted from the last, which is 1.", valueName: "n"))
  var clipSkip: Int?

  @OptionGroup var added: AddedFileOptions

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "A PNG or JPEG, or a folder of them, from which images start; without --size, images have the picture's size.",
      valueName: "path"),
    completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var source: String?

  @Option(
    help: ArgumentHelp(
      "How much of the picture is replaced, up to 1; 0.8 by default. Requires --init.", valueName: "part"))
  var strength: Double?

  @Option(
    help: ArgumentHelp(
      "How much noise ddim and tcd add in each step, from 0 (the default) to 1.", valueName: "part"))
  var eta: Double?

  @Option(
    help: "How the sampler selects its timesteps, if not as the model's scheduler; distilled models expect trailing.")
  var timestepSpacing: TimestepSpacing?

  func validate() throws {
    guard strength == nil || source != nil else {
      throw ValidationError("--strength requires --init, the picture that images start from.")
    }
    do { try override.check() } catch { throw error.ofFlag }
  }

  @Sendable private static func interval(_ text: String) throws -> GuidanceInterval {
    guard let interval = GuidanceInterval(parsing: text) else {
      throw ValidationError("'\(text)': must be LOWER-UPPER between 0 and 1, for example 0.2-0.8.")
    }
    return interval
  }

  var override: SettingsOverride {
    var settings = SettingsOverride(
      size: size, steps: steps, sampler: sampler, guidance: guidance, negative: negative)
    settings.precision = precision
    settings.guidanceInterval = guidanceInterval
    settings.reuse = reuse
    settings.promptSyntax = promptSyntax
    settings.clipSkip = clipSkip
    settings.vae = added.vae.map { AddedFile(path: $0) }
    settings.loras = added.lora.isEmpty ? nil : added.lora
    settings.embeddings = added.embedding.isEmpty ? nil : added.embedding
    settings.source = source.map { AddedFile(path: $0) }
    settings.strength = strength
    settings.eta = eta
    settings.timestepSpacing = timestepSpacing
    return settings
  }
}

extension SamplerName: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

extension TimestepSpacing: ExpressibleByArgument {}

extension PromptSyntax: ExpressibleByArgument {}

extension SettingsOverride.Size: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(parsing: argument)
  }
}
