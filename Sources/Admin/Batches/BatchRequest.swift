import Files
package import Specifications
package import Vocabulary

/// A batch as described by flags, with or without a specification file.
package struct BatchRequest: Sendable {
  package var emotions: [String] = []
  package var prompts: [String] = []
  package var texts: [String] = []
  package var count: Int?
  package var settings = SettingsOverride()
  package var name: String?
  package var key: String?
  package var model: String?
  package var seed: UInt64?
  package var priority: Int?
  package var chunk: Int?
  /// Labels that a worker must have; nil to keep those of the specification.
  package var require: [String]?
  /// The folder of classifiers that measure the images; nil to keep that of the specification.
  package var measure: String?

  package init() {}

  /// The flags for the content and number of images, which a specification file defines itself.
  package var contentFlags: [String] {
    let content = [
      (!emotions.isEmpty, "--emotion"), (!prompts.isEmpty, "--prompt"), (!texts.isEmpty, "--text"),
      (count != nil, "--count"),
    ]
    return content.filter(\.0).map(\.1) + settings.named.map { "--" + $0.rawValue.replacing("_", with: "-") }
  }

  /// The specification defined by the flags alone: every emotion with every prompt, or every text.
  ///
  /// - Throws: `InputError` if a required flag is missing, `EmotionSpecError`.
  package func specification() throws -> BatchSpec {
    guard emotions.isEmpty != texts.isEmpty else {
      throw InputError(
        emotions.isEmpty
          ? "name what to render: a specification file, --emotion SPEC (or 'all') or --text TEXT"
          : "--emotion and --text make different batches: enqueue two, or write a specification file with both")
    }
    guard texts.isEmpty || prompts.isEmpty else {
      throw InputError("--prompt requires --emotion: put all words into --text")
    }
    guard let count else { throw InputError("give the number of images of each with --count N") }
    let specs = try emotions.flatMap { text in
      text.lowercased() == "all" ? Emotion.allCases.map { EmotionSpec($0) } : [try EmotionSpec(parsing: text)]
    }
    let cell = CellSpec(
      emotions: specs, prompts: prompts.isEmpty ? [""] : prompts, texts: texts, count: count,
      settings: SettingsOverride())
    return over(BatchSpec(name: defaultName, settings: settings, cells: [cell]))
  }

  /// The specification, overridden by the flags.
  ///
  /// - Throws: `InputError` if flags repeat what the file defines.
  package func applied(to specification: BatchSpec) throws -> BatchSpec {
    guard contentFlags.isEmpty else {
      throw InputError(
        "\(contentFlags.joined(separator: ", ")) cannot be combined with a specification file: write it into the file")
    }
    guard specification.training == nil || (model == nil && chunk == nil && measure == nil) else {
      throw InputError("--model, --chunk and --measure apply to batches of images: \(specification.name) is a training")
    }
    return over(specification)
  }

  private func over(_ specification: BatchSpec) -> BatchSpec {
    var result = specification
    result.name = name ?? result.name
    result.key = key ?? result.key
    result.model = model ?? result.model
    result.seed = seed ?? result.seed
    result.priority = priority ?? result.priority
    result.chunk = chunk ?? result.chunk
    result.require = require ?? result.require
    if let measure { result.measure = AddedFile(path: measure) }
    return result
  }

  /// A short description of the images.
  private var defaultName: String {
    let words = texts.isEmpty ? emotions.map { $0.lowercased() == "all" ? "all emotions" : $0 } : texts
    let tail = prompts.filter { !$0.isEmpty }.joined(separator: ", ")
    let name = words.joined(separator: ", ") + (tail.isEmpty ? "" : ": \(tail)")
    return name.isEmpty ? "(no text)" : TerminalText.fitted(name, 80)
  }
}
