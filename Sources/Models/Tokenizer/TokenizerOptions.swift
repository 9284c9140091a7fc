import Checkpoints
import Files

/// The keys of `tokenizer_config.json` or `special_tokens_map.json`: each is used, has no effect on the tokens, or is
/// refused by name.
struct TokenizerOptions: Sendable {
  /// The named tokens by key, such as `bos_token`.
  private(set) var tokens: [String: AddedToken] = [:]
  /// The tokens of an object under `extra_special_tokens`, in the file's order: names of the model's own.
  private(set) var ownNames: [(key: String, token: AddedToken)] = []
  /// Further tokens under the newer and under the older key.
  private(set) var extra: [AddedToken] = []
  private(set) var additional: [AddedToken] = []
  /// The tokens of `added_tokens_decoder`; nil if the file lacks the key.
  private(set) var declared: [(id: Int, token: AddedToken)]?
  /// Number of positions of a context; nil if the file sets no limit.
  private(set) var maxLength: Int?

  /// Keys that describe where the files came from, how ids are converted to text, or what each call of transformers
  /// sets itself.
  private static let withoutEffect: Set = [
    "_commit_hash", "add_prefix_space", "auto_map", "backend", "chat_template", "clean_up_tokenization_spaces",
    "device_map", "errors", "fast_tokenizer_files", "full_tokenizer_file", "init_inputs", "is_local", "legacy",
    "local_files_only", "max_len", "max_length", "model_input_names", "name_or_path", "pad_to_multiple_of",
    "pad_token_type_id", "processor_class", "slow_tokenizer_class", "special_tokens_map_file", "stride",
    "tokenizer_file", "transformers_version", "truncation_strategy", "trust_remote_code", "use_fast", "verbose",
  ]
  /// Values that agree with CLIP's tokenizer, by key.
  private static let accepted: [String: [JSONValue]] = [
    "tokenizer_class": ["CLIPTokenizer", "CLIPTokenizerFast", .null], "do_lower_case": [true, .null],
    "split_special_tokens": [false, .null], "add_bos_token": [true], "add_eos_token": [true],
    "padding_side": ["right"], "truncation_side": ["right"],
  ]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The content of the file before it is interpreted.
  private struct Content: Decodable {
    var tokens: [String: AddedToken] = [:]
    var lists: [String: [AddedToken]] = [:]
    var ownNames: [String: AddedToken] = [:]
    var declared: [String: AddedToken]?
    var maxLength: Double?
    var nulls: [String] = []
    var misfits: [(key: String, value: JSONValue)] = []

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
        let name = key.stringValue
        switch name {
        case "added_tokens_decoder": declared = try container.decode([String: AddedToken].self, forKey: key)
        case "extra_special_tokens" where (try? container.nestedContainer(keyedBy: Key.self, forKey: key)) != nil:
          ownNames = try container.decode([String: AddedToken].self, forKey: key)
        case "additional_special_tokens", "extra_special_tokens":
          lists[name] = try container.decodeIfPresent([AddedToken].self, forKey: key)
        case "model_max_length": maxLength = try container.decodeIfPresent(Double.self, forKey: key)
        case _ where withoutEffect.contains(name): continue
        case _ where accepted[name] != nil:
          let value = try container.decode(JSONValue.self, forKey: key)
          if accepted[name]?.contains(value) == false { misfits.append((name, value)) }
        case _ where name.hasSuffix("_token"):
          if try container.decodeNil(forKey: key) {
            nulls.append(name)
          } else {
            tokens[name] = try container.decode(AddedToken.self, forKey: key)
          }
        default: misfits.append((name, try container.decode(JSONValue.self, forKey: key)))
        }
      }
    }
  }

  /// - Throws: `CheckpointError` naming the file and the key.
  init(file: String) throws {
    let content: Content = try ConfigFile.read(from: file)
    if let (key, value) = content.misfits.first {
      let use =
        Self.accepted[key].map { "\(key) must be \($0[0])" } ?? "remove the key if it does not change the tokens"
      throw CheckpointError(
        .unsupported, file: file, "key '\(key)' is \(value), which this tokenizer does not support: \(use)")
    }
    if let key = content.nulls.first(where: { ["bos_token", "eos_token", "unk_token", "pad_token"].contains($0) }) {
      throw CheckpointError(
        .unsupported, file: file,
        "key '\(key)' is null, but a context needs this token: name one, such as '\(SpecialTokenIDs.endContent)'")
    }
    tokens = content.tokens
    if !content.ownNames.isEmpty {
      ownNames = try ConfigFile.keys(of: "extra_special_tokens", in: file)
        .compactMap { key in content.ownNames[key].map { (key, $0) } }
    }
    extra = content.lists["extra_special_tokens"] ?? []
    additional = content.lists["additional_special_tokens"] ?? []
    declared = try content.declared.map { tokens in
      try tokens.map { id, token in
        guard let number = Int(id), number >= 0 else {
          throw CheckpointError(
            .malformed, file: file, "key 'added_tokens_decoder': '\(id)' is not an id, a whole number from 0")
        }
        return (number, token)
      }
    }
    // Tokenizers saved without a limit have 1e30 here.
    guard let length = content.maxLength, length < 1e6 else { return }
    guard length >= 2, length == length.rounded() else {
      throw CheckpointError(
        .malformed, file: file, "model_max_length is \(length), but must be an integer of at least 2")
    }
    maxLength = Int(length)
  }
}
