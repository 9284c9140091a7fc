package import Imaging
import Vocabulary

extension ProvenanceRecord {
  /// The texts that a PNG of this image carries, in order: the record itself, the parameters in the format of
  /// AUTOMATIC1111's web UI, and XMP that marks the image as made by a trained model.
  package func texts() throws -> [PNGText] {
    [
      PNGText(
        keyword: PNGProvenance.keyword, text: String(decoding: try canonical, as: UTF8.self), kind: .international),
      PNGText(keyword: "parameters", text: parameters),
      PNGText(keyword: "XML:com.adobe.xmp", text: generator.xmp(iptc: iptc), kind: .international),
    ]
  }

  /// The prompt, the negative prompt if there is one, and a line of settings, each on one line: a line of a prompt could
  /// otherwise pass for one of the others. LoRAs stand in the prompt, where the web UI keeps them.
  ///
  /// `Model hash` has the digits by which web UIs and model sites find a checkpoint: the first of its file's SHA-256. A
  /// folder, which they do not load, has those of the digest of all its weight files.
  var parameters: String {
    let settings = spec.settings
    let loras = settings.additions.loras.map { use in
      "<lora:\(Self.nameInPrompt(use.file)):\(CanonicalJSON.number(use.weight))>"
    }
    var lines = [Self.line([Self.prompt(of: spec.subject)] + loras)]
    if !settings.negative.isEmpty { lines.append("Negative prompt: \(Self.line([settings.negative]))") }
    let shortcuts = settings.shortcuts.words
    let values =
      [
        ("Steps", "\(actualSteps)"),
        ("Sampler", sampler.webName),
        ("CFG scale", CanonicalJSON.number(settings.guidance)),
        ("Seed", "\(spec.seed)"),
        ("Size", "\(width)x\(height)"),
        ("Model hash", String((model.checkpoint?.sha256 ?? model.digest).prefix(10))),
        ("Model", Self.quoted(model.name)),
      ] + extras + [("Version", Self.quoted("\(generator.name) \(generator.version)"))]
      + (shortcuts.isEmpty ? [] : [("Shortcuts", Self.quoted(shortcuts.joined(separator: ", ")))])
    lines.append(values.map { "\($0): \($1)" }.joined(separator: ", "))
    return lines.joined(separator: "\n").replacing("\0", with: "\u{FFFD}")
  }

  /// The settings that most images leave at their defaults, in the web UI's order and under its names if it has them.
  ///
  /// All hashes are the first digits of a file's SHA-256. For a VAE and for embeddings the web UI writes the same ones;
  /// of a LoRA it leaves out the header, so it does not find these, but model sites do (`AutoV2`). `Emphasis: None`
  /// makes the web UI read brackets as characters, as the syntax `long` does.
  ///
  /// Source: `create_infotext` and `parse_generation_parameters` of AUTOMATIC1111's stable-diffusion-webui.
  private var extras: [(String, String)] {
    let (settings, additions) = (spec.settings, spec.settings.additions)
    var values: [(String, String)] = []
    func add(_ key: String, _ value: String) { values.append((key, Self.quoted(value))) }
    func digits(_ file: AddedFile, _ count: Int) -> String { String((file.sha256 ?? "").prefix(count)) }
    if let vae = additions.vae {
      add("VAE hash", digits(vae, 10))
      add("VAE", vae.name)
    }
    if let source = settings.source {
      add("Denoising strength", CanonicalJSON.number(settings.strength))
      add("Init image", source.name)
    }
    if let eta = settings.eta { add(sampler == .ddim ? "Eta DDIM" : "Eta", CanonicalJSON.number(eta)) }
    if let spacing = settings.timestepSpacing { add("Timestep spacing", spacing.rawValue) }
    if settings.clipSkip != 1 { add("Clip skip", "\(settings.clipSkip)") }
    if settings.promptSyntax != .literal { add("Prompt syntax", settings.promptSyntax.rawValue) }
    if settings.promptSyntax == .long { add("Emphasis", "None") }
    for (key, files, count) in [
      ("Lora hashes", additions.loras.map(\.file), 10), ("TI hashes", additions.embeddings.map(\.file), 12),
    ] where !files.isEmpty {
      add(key, files.map { "\(Self.nameInPrompt($0)): \(digits($0, count))" }.joined(separator: ", "))
    }
    return values
  }

  /// Texts that are not empty as one line, which does not begin as the line of the negative prompt does.
  private static func line(_ texts: [String]) -> String {
    let words = texts.filter { !$0.isEmpty }.joined(separator: " ").split(whereSeparator: \.isNewline)
      .joined(separator: " ")
    let heading = "Negative prompt"
    return words.hasPrefix("\(heading):") ? "\(heading) \(words.dropFirst(heading.count))" : words
  }

  /// A file's name as the web UI writes it into prompts and lists of hashes, without the characters that end it there.
  private static func nameInPrompt(_ file: AddedFile) -> String {
    file.stem.filter { !":,<>\"".contains($0) && !$0.isNewline }
  }

  /// An emotion and its prompt in one line, such as `awe=0.7,fear=0.3: bag`.
  private static func prompt(of subject: Subject) -> String {
    switch subject {
    case .text(let text): text
    case .emotion(let spec, let prompt): prompt.isEmpty ? spec.description : "\(spec): \(prompt)"
    }
  }

  /// Values with a comma, colon or line break would end too early, so they are written as JSON strings.
  private static func quoted(_ value: String) -> String {
    guard value.contains(where: { $0 == "," || $0 == ":" || $0.isNewline || $0 == "\"" }),
      let bytes = try? CanonicalJSON.encode(JSONValue.string(value))
    else { return value }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// In signed images, the properties of IPTC's standard of 2025.1 that name the system and the prompt.
  var iptc: [(name: String, text: String)] {
    guard spec.settings.sign else { return [] }
    let negative = spec.settings.negative.isEmpty ? [] : ["Negative prompt: \(spec.settings.negative)"]
    // XML does not have these characters.
    let prompts = Self.line([Self.prompt(of: spec.subject)] + negative)
      .replacing("\u{FFFE}", with: "\u{FFFD}").replacing("\u{FFFF}", with: "\u{FFFD}")
    return [
      ("AISystemUsed", "\(generator.name), model \(model.name)"), ("AISystemVersionUsed", generator.version),
      ("AIPromptInformation", prompts),
    ]
  }
}

extension ProvenanceRecord.Model {
  /// The file that holds all weights; nil for a folder of several parts.
  fileprivate var checkpoint: ModelFile? {
    let weights = files.filter { file in
      !file.path.contains("/") && [".safetensors", ".ckpt", ".pt", ".pth", ".bin"].contains { file.path.hasSuffix($0) }
    }
    let hasParts = files.contains { $0.path.contains("/") }
    return weights.count == 1 && !hasParts ? weights[0] : nil
  }
}
