import Checkpoints
import Files
import Foundation

/// The settings of `tokenizer_config.json` and `special_tokens_map.json`, combined as transformers combines them.
struct CLIPTokenizerConfig: Sendable {
  private(set) var begin = SpecialToken("<|startoftext|>")
  private(set) var end = SpecialToken("<|endoftext|>")
  private(set) var unknown = SpecialToken("<|endoftext|>")
  private(set) var pad = SpecialToken("<|endoftext|>")
  /// Number of positions of a context, including the special tokens.
  private(set) var maxLength = 77
  /// The tokens of `added_tokens_decoder` by content; empty if the key is missing.
  private(set) var added: [String: SpecialToken] = [:]

  private struct TokenMap: Decodable {
    let begin: SpecialToken?
    let end: SpecialToken?
    let unknown: SpecialToken?
    let pad: SpecialToken?

    enum CodingKeys: String, CodingKey {
      case begin = "bos_token"
      case end = "eos_token"
      case unknown = "unk_token"
      case pad = "pad_token"
    }
  }

  private struct Options: Decodable {
    let maxLength: Double?
    let added: [String: SpecialToken]?

    enum CodingKeys: String, CodingKey {
      case maxLength = "model_max_length"
      case added = "added_tokens_decoder"
    }
  }

  /// Both files may be absent. The map's tokens take precedence over those of the config, unless the config has
  /// `added_tokens_decoder`: such files are newer, and transformers ignores their map.
  init(folder: String) throws {
    let path = "\(folder)/tokenizer_config.json"
    if FileManager.default.fileExists(atPath: path) {
      let options = try ConfigFile.read(Options.self, from: path)
      take(try ConfigFile.read(TokenMap.self, from: path))
      // Tokenizers saved without a limit have 1e30 here.
      if let length = options.maxLength, length < 1e6 {
        guard length >= 2, length == length.rounded() else {
          throw CheckpointError(
            .malformed, file: path, "model_max_length is \(length), but must be an integer of at least 2")
        }
        maxLength = Int(length)
      }
      added = Dictionary(
        (options.added ?? [:]).values.map { ($0.content, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let map = "\(folder)/special_tokens_map.json"
    if added.isEmpty, FileManager.default.fileExists(atPath: map) {
      take(try ConfigFile.read(TokenMap.self, from: map))
    }

    let known = Set(tokens.map(\.content))
    if let other = added.keys.sorted().first(where: { !known.contains($0) }) {
      throw CheckpointError(
        .unsupported, file: path,
        "adds the token '\(other)', but only begin, end, unknown and padding tokens are supported: remove it")
    }
  }

  /// In the order in which transformers adds them: if two have the same content, the later one's flags apply.
  private var tokens: [SpecialToken] { [begin, end, unknown, pad] }

  /// The distinct tokens with the flags that apply.
  var special: [SpecialToken] {
    var flags: [String: SpecialToken] = [:]
    for token in tokens { flags[token.content] = added[token.content] ?? token }
    return flags.values.sorted { $0.content < $1.content }
  }

  private mutating func take(_ map: TokenMap) {
    begin = map.begin ?? begin
    end = map.end ?? end
    unknown = map.unknown ?? unknown
    pad = map.pad ?? pad
  }
}
