package import Farm
import Imaging
package import Provenance
import Vocabulary

/// The output of `inspect` for an image file.
package struct ImageReport {
  private let file: String
  private let bytes: Int
  private let sha256: String
  private let record: ProvenanceRecord
  private let texts: [String]
  private let farm: FarmImages?
  private let converted: ConvertedImage?

  /// - Parameters:
  ///   - bytes: the file's size.
  ///   - sha256: the file's digest.
  ///   - texts: the names of the texts that the file carries.
  ///   - farm: its rows in a database; nil if none was asked.
  package init(
    file: String, bytes: Int, sha256: String, record: ProvenanceRecord, texts: [String],
    converted: ConvertedImage? = nil, farm: FarmImages? = nil
  ) {
    self.file = file
    self.bytes = bytes
    self.sha256 = sha256
    self.record = record
    self.texts = texts
    self.farm = farm
    self.converted = converted
  }

  /// The report of a batch's image.
  ///
  /// - Parameter file: its name, as people see it.
  package init(_ stored: StoredImage, named file: String) throws {
    self.init(
      file: file, bytes: stored.bytes.count, sha256: stored.row.sha256, record: stored.record,
      texts: try PNG.texts(stored.bytes, named: file).map(\.keyword))
  }

  package func json() throws -> JSONDocument {
    var document: [String: JSONDocument] = [
      "file": JSONDocument(file), "bytes": JSONDocument(bytes), "sha256": JSONDocument(sha256),
      "provenance": try JSONDocument(encoding: record), "provenance_sha256": JSONDocument(try record.digest),
      "texts": .array(texts.map { JSONDocument($0) }),
    ]
    if let farm {
      document["farm"] = farm.json
      document["rejected"] = farm.rejectedJSON
    }
    if let converted {
      document["converted"] = [
        "to": JSONDocument(converted.conversion), "source_sha256": JSONDocument(converted.sourceSHA256),
      ]
    }
    return .object(document)
  }

  package func lines() -> [String] {
    ["\(TerminalText.safe(file)): \(record.width)x\(record.height), \(Measure.count(bytes, "byte"))"]
      + rows.map { TerminalText.padded($0.label, 16) + TerminalText.safe($0.text) }
  }

  /// How the image was made, as labelled texts; a row without a label continues the one above.
  package var rows: [(label: String, text: String)] {
    let spec = record.spec
    let settings = spec.settings
    var rows: [(label: String, text: String)] = []
    func add(_ label: String, _ text: String) { rows.append((label, text)) }
    func digest(_ file: AddedFile) -> String { "\(Measure.digest(file.sha256 ?? ""))…  \(file.path)" }
    switch spec.subject {
    case .emotion(let emotion, let prompt):
      add("Emotion", emotion.emotions.count > 1 ? "\(emotion) (counted as \(emotion.dominant))" : "\(emotion)")
      if !prompt.isEmpty { add("Prompt", prompt) }
    case .text(let text): add("Text", text.isEmpty ? "(empty)" : text)
    }
    if !settings.negative.isEmpty { add("Negative", settings.negative) }
    add("Seed", String(spec.seed))
    add(
      "Sampler",
      "\(record.sampler.rawValue), \(Measure.count(record.actualSteps, "step")), guidance \(Measure.number(settings.guidance))"
    )
    if !settings.shortcuts.words.isEmpty { add("Shortcuts", settings.shortcuts.words.joined(separator: ", ")) }
    if record.actualSteps != settings.steps { add("", "\(settings.steps) steps were requested") }
    if let eta = settings.eta { add("Eta", Measure.number(eta)) }
    if let spacing = settings.timestepSpacing { add("Timesteps", spacing.rawValue) }
    if settings.sign { add("Signed", "yes") }
    if settings.promptSyntax != .literal { add("Prompt syntax", settings.promptSyntax.rawValue) }
    if settings.clipSkip != 1 { add("Clip skip", "\(settings.clipSkip)") }
    if let source = settings.source {
      add("Init picture", "\(digest(source)), strength \(Measure.number(settings.strength))")
    }
    let additions = settings.additions
    if let vae = additions.vae { add("VAE", digest(vae)) }
    for use in additions.loras { add("LoRA", "\(digest(use.file)), weight \(Measure.number(use.weight))") }
    for use in additions.embeddings {
      add("Embedding", digest(use.file) + (use.token.map { ", token \($0)" } ?? ""))
    }
    add("Model", "\(record.model.name), digest \(Measure.digest(record.model.digest))…")
    for file in record.model.files { add("", "\(Measure.digest(file.sha256))…  \(file.path)") }
    add("Engine", record.engineKind)
    add("Made by", "\(record.generator.name) \(record.generator.version)")
    for (token, vector) in record.emotionVector.enumerated() {
      let head = vector.prefix(4).map { "\($0)" }.joined(separator: ", ")
      add(token == 0 ? "Emotion vector" : "", "[\(head), …] (\(vector.count) values)")
    }
    if let latents = record.latentsSHA256 { add("Latents", "from a file, SHA-256 \(latents)") }
    add("File SHA-256", sha256)
    if let converted {
      add("Converted", "to \(converted.conversion) from the PNG with SHA-256 \(converted.sourceSHA256)")
    }
    add(converted == nil ? "Pixels SHA-256" : "Its pixels", record.rgbSHA256)
    add("Texts", texts.joined(separator: ", "))
    for (label, text) in farm?.lines ?? [] { add(label, text) }
    return rows
  }
}
