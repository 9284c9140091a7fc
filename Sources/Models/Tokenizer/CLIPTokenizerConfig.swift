import Checkpoints
import Files

/// The settings of `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`, combined as transformers
/// combines them.
struct CLIPTokenizerConfig: Sendable {
  /// The named tokens in the order in which transformers adds them.
  private(set) var named: [(key: String, token: AddedToken)] = [
    ("bos_token", AddedToken(content: SpecialTokenIDs.beginContent)),
    ("eos_token", AddedToken(content: SpecialTokenIDs.endContent)),
    ("unk_token", AddedToken(content: SpecialTokenIDs.endContent)),
    ("pad_token", AddedToken(content: SpecialTokenIDs.endContent)),
  ]
  /// Tokens under names of the model's own, added after the named ones.
  private(set) var ownNames: [(key: String, token: AddedToken)] = []
  /// Tokens without a name, added last.
  private(set) var extra: [AddedToken] = []
  /// Tokens that the files declare with their ids, sorted by id.
  private(set) var declared: [(id: Int, token: AddedToken)] = []
  /// Number of positions of a context, including the special tokens.
  private(set) var maxLength = 77
  /// The file that declares tokens, for errors.
  private(set) var file: String

  var begin: AddedToken { token("bos_token") }
  var end: AddedToken { token("eos_token") }
  var unknown: AddedToken { token("unk_token") }
  var pad: AddedToken { token("pad_token") }

  private static let order = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// The defaults of CLIP's tokenizer, as in a folder without these files.
  ///
  /// - Parameter pad: the padding token's content.
  init(pad: String, file: String) {
    self.file = file
    replace("pad_token", AddedToken(content: pad))
  }

  /// - Parameter serialised: the added tokens of `tokenizer.json`.
  /// - Throws: `CheckpointError` naming the file and the key.
  init(folder: String, serialised: [(id: Int, token: AddedToken)]) throws {
    file = "\(folder)/tokenizer_config.json"
    var isDeclared = false
    if File.exists(file) {
      let options = try TokenizerOptions(file: file)
      take(options)
      extra = options.extra.isEmpty ? options.additional : options.extra
      if let tokens = options.declared {
        declared = tokens
        isDeclared = true
      }
    }
    // Files with `added_tokens_decoder` are newer, and transformers ignores the others beside them.
    if !isDeclared {
      let map = "\(folder)/special_tokens_map.json"
      var additional: [AddedToken] = []
      if File.exists(map) {
        let options = try TokenizerOptions(file: map)
        take(options)
        extra += options.extra.filter { !extra.contains($0) }
        additional = options.additional
      }
      try declare(in: "\(folder)/added_tokens.json", serialised: serialised)
      // The older key does not make the tokens of `added_tokens.json` special.
      if extra.isEmpty { extra = additional }
    }
    declared.sort { $0.id < $1.id }
  }

  /// Tokens of `added_tokens.json`, which has ids alone, then those of `tokenizer.json`.
  private mutating func declare(in list: String, serialised: [(id: Int, token: AddedToken)]) throws {
    var byID: [Int: AddedToken] = [:]
    if File.exists(list) {
      let special = Set(named.map(\.token.content) + extra.map(\.content))
      let ids: [String: Int] = try ConfigFile.read(from: list)
      for (content, id) in ids {
        let token = AddedToken(content: content, isNormalized: !special.contains(content))
        if let other = byID.updateValue(token, forKey: id) {
          let pair = [content, other.content].sorted()
          throw CheckpointError(
            .malformed, file: list, "gives the tokens '\(pair[0])' and '\(pair[1])' the same id, \(id)")
        }
      }
      file = list
    }
    for (id, token) in serialised { byID[id] = token }
    declared = byID.map { ($0.key, $0.value) }
  }

  private func token(_ key: String) -> AddedToken {
    named.first { $0.key == key }?.token ?? AddedToken(content: SpecialTokenIDs.endContent)
  }

  private mutating func take(_ options: TokenizerOptions) {
    for (key, token) in options.tokens.sorted(by: { $0.key < $1.key }) { replace(key, token) }
    for own in options.ownNames where !ownNames.contains(where: { $0.key == own.key }) { ownNames.append(own) }
    maxLength = options.maxLength ?? maxLength
  }

  private mutating func replace(_ key: String, _ token: AddedToken) {
    if let position = named.firstIndex(where: { $0.key == key }) {
      named[position].token = token
    } else {
      named.append((key, token))
    }
    func rank(_ key: String) -> Int { Self.order.firstIndex(of: key) ?? Self.order.count }
    named.sort { (rank($0.key), $0.key) < (rank($1.key), $1.key) }
  }
}
