import Checkpoints
import Files

/// `tokenizer.json`, the single file that Hugging Face's `tokenizers` writes: vocabulary, merges, added tokens and the
/// steps around them, which must be CLIP's.
struct TokenizerJSON: Sendable {
  let tables: BytePairTables
  /// In the file's order.
  let added: [(id: Int, token: AddedToken)]

  private struct Content: Decodable {
    let model: Model
    let added: [Added]?
    let normalizer: JSONValue?
    let preTokenizer: JSONValue?
    let postProcessor: JSONValue?
    let truncation: JSONValue?
    let padding: JSONValue?

    enum CodingKeys: String, CodingKey {
      case model, normalizer, truncation, padding
      case added = "added_tokens"
      case preTokenizer = "pre_tokenizer"
      case postProcessor = "post_processor"
    }
  }

  private struct Added: Decodable {
    let id: Int
    let token: AddedToken

    private enum CodingKeys: String, CodingKey { case id }

    init(from decoder: any Decoder) throws {
      id = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .id)
      token = try AddedToken(from: decoder)
    }
  }

  private struct Model: Decodable {
    let vocabulary: [String: Int]
    let merges: Merges
    /// The other keys with their values; nil where the file lacks the key.
    let settings: [String: JSONValue]

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case vocabulary = "vocab"
      case merges, type, dropout
      case prefix = "continuing_subword_prefix"
      case suffix = "end_of_word_suffix"
      case fusesUnknown = "fuse_unk"
      case fallsBack = "byte_fallback"
      case ignoresMerges = "ignore_merges"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      var settings: [String: JSONValue] = [:]
      for key in CodingKeys.allCases.dropFirst(2) {
        // `decodeIfPresent` cannot tell null from absence.
        if container.contains(key) { settings[key.rawValue] = try container.decode(JSONValue.self, forKey: key) }
      }
      self.settings = settings
      vocabulary = try container.decode([String: Int].self, forKey: .vocabulary)
      merges = try container.decode(Merges.self, forKey: .merges)
    }
  }

  /// Merges as strings `"a b"`, or as pairs `["a", "b"]`, which `tokenizers` writes since its version 0.20.
  private enum Merges: Decodable {
    case texts([String])
    case pairs([[String]])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let texts = try? container.decode([String].self) {
        self = .texts(texts)
      } else {
        self = .pairs(try container.decode([[String]].self))
      }
    }
  }

  /// The values of a BPE model that agree with CLIP's; the first is CLIP's own, and a missing key counts as null.
  private static let accepted: [(key: String, values: [JSONValue])] = [
    ("type", ["BPE", .null]), ("dropout", [.null, .number(0)]), ("continuing_subword_prefix", ["", .null]),
    ("end_of_word_suffix", ["</w>"]), ("fuse_unk", [false, .null]), ("byte_fallback", [false, .null]),
    ("ignore_merges", [false, .null]),
  ]

  private static let normalizer: JSONValue = [
    "type": "Sequence",
    "normalizers": [
      ["type": "NFC"], ["type": "Replace", "pattern": ["Regex": #"\s+"#], "content": " "], ["type": "Lowercase"],
    ],
  ]

  /// The markers stand in the pattern of some versions; in the others they are added tokens alone.
  private static let preTokenizers: [JSONValue] = ["", #"<\|startoftext\|>|<\|endoftext\|>|"#].map { markers in
    let pattern = markers + #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
    return [
      "type": "Sequence",
      "pretokenizers": [
        ["type": "Split", "pattern": ["Regex": .text(pattern)], "behavior": "Removed", "invert": true],
        ["type": "ByteLevel", "add_prefix_space": false],
      ],
    ]
  }

  /// - Throws: `CheckpointError` naming the key and the value.
  init(file: String) throws {
    let content: Content = try ConfigFile.read(from: file)
    func refuse(_ key: String, _ value: JSONValue, instead: JSONValue) -> CheckpointError {
      CheckpointError(
        .unsupported, file: file,
        "key '\(key)' is \(value), but CLIP's tokenizer has \(instead): use the tokenizer of Stable Diffusion 1.x or 2.x"
      )
    }
    for (key, values) in Self.accepted {
      let value = content.model.settings[key] ?? .null
      if !values.contains(value) { throw refuse("model.\(key)", value, instead: values[0]) }
    }
    if let step = content.normalizer, step != Self.normalizer {
      throw refuse("normalizer", step, instead: Self.normalizer)
    }
    // Offsets in the text are not used, and `use_regex` is CLIP's default.
    let split = content.preTokenizer?.without(["trim_offsets"])
    if let split, !Self.preTokenizers.contains(split) && !Self.preTokenizers.contains(split.without(["use_regex"])) {
      throw refuse("pre_tokenizer", split, instead: Self.preTokenizers[0])
    }
    for (key, side) in [("truncation", content.truncation), ("padding", content.padding)] {
      let direction = side?["direction"] ?? "Right"
      if direction != "Right" { throw refuse("\(key).direction", direction, instead: "Right") }
    }
    let model = content.model
    switch model.merges {
    case .texts(let texts):
      tables = try BytePairTables(
        model.vocabulary, in: file, merges: texts.enumerated().map { ($0.offset + 1, $0.element) }, in: file,
        unit: "merge")
    case .pairs(let pairs):
      tables = try BytePairTables(
        model.vocabulary, in: file,
        merges: pairs.enumerated().map { index, pair in
          guard pair.count == 2 else {
            throw CheckpointError(.malformed, file: file, "merge \(index + 1) \(pair) does not have two tokens")
          }
          return BytePairTables.Merge(left: pair[0], right: pair[1], number: index + 1)
        }, in: file, unit: "merge")
    }
    added = (content.added ?? []).map { ($0.id, $0.token) }
    try check(content.postProcessor, file)
  }

  /// The post-processor must put the begin token before a text and the end token after it.
  private func check(_ step: JSONValue?, _ file: String) throws {
    guard let step, step != .null else { return }
    func id(_ content: String) -> Int? { tables.vocabulary[content] ?? added.last { $0.token.content == content }?.id }
    let marks = [SpecialTokenIDs.beginContent, SpecialTokenIDs.endContent].map { content -> JSONValue in
      .list([.text(content), id(content).map { .number(Double($0)) } ?? .null])
    }
    for (key, value) in [("type", "RobertaProcessing"), ("cls", marks[0]), ("sep", marks[1])]
    where step[key] != value {
      throw CheckpointError(
        .unsupported, file: file,
        "key 'post_processor.\(key)' is \(step[key] ?? .null), but must be \(value) for this vocabulary: use the "
          + "tokenizer of Stable Diffusion 1.x or 2.x")
    }
  }
}
