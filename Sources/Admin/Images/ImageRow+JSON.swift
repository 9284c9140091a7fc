package import Farm
import Vocabulary

extension ImageRow {
  /// The keys that `config/json-output.md` documents for an image of a batch.
  package var document: JSONDocument {
    [
      "batch": JSONDocument(batch), "index": JSONDocument(index), "cell": JSONDocument(cell),
      "emotion": JSONDocument(emotion) { JSONDocument($0) }, "subject": JSONDocument(subject.label),
      "seed": JSONDocument(seed), "sha256": JSONDocument(sha256), "rgb_sha256": JSONDocument(rgbSHA256),
      "bytes": JSONDocument(bytes), "width": JSONDocument(settings.width), "height": JSONDocument(settings.height),
      "steps": JSONDocument(actualSteps), "sampler": JSONDocument(settings.sampler.rawValue),
      "guidance": JSONDocument(measured: Double(settings.guidance)), "engine": JSONDocument(engine),
      "seconds": JSONDocument(measured: seconds), "worker": JSONDocument(worker), "job": JSONDocument(job),
      "created": JSONDocument(created),
    ]
  }
}

extension Subject {
  /// What an image should show, in words.
  package var label: String {
    switch self {
    case .emotion(let emotion, ""): "\(emotion)"
    case .emotion(let emotion, let prompt): "\(emotion): \(prompt)"
    case .text(""): "(no text)"
    case .text(let text): text
    }
  }
}
