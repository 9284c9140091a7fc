import Checkpoints
import Files

/// What a tokenizer is made of: a folder's files in any form that transformers writes, or CLIP's own vocabulary, which
/// is a part of this program.
package struct TokenizerFiles: Sendable {
  let tables: BytePairTables
  let config: CLIPTokenizerConfig

  private static let serialised = "tokenizer.json"
  private static let pair = ["vocab.json", "merges.txt"]
  private static let options = "tokenizer_config.json"
  private static let additions = ["special_tokens_map.json", "added_tokens.json"]

  /// Reads `tokenizer.json` or, if there is none, `vocab.json` and `merges.txt`, and the files beside them.
  ///
  /// If both forms are present, `tokenizer.json` counts, as in transformers from version 5.
  ///
  /// - Throws: `CheckpointError` naming the file and the line or key.
  package init(folder: String) throws {
    if File.exists("\(folder)/\(Self.serialised)") {
      let content = try TokenizerJSON(file: "\(folder)/\(Self.serialised)")
      tables = content.tables
      config = try CLIPTokenizerConfig(folder: folder, serialised: content.added)
    } else {
      config = try CLIPTokenizerConfig(folder: folder, serialised: [])
      tables = try BytePairTables(folder: folder)
    }
  }

  private init(_ tables: BytePairTables, _ config: CLIPTokenizerConfig) {
    self.tables = tables
    self.config = config
  }

  /// CLIP's vocabulary, for checkpoints that come without a tokenizer.
  ///
  /// - Parameter pad: the padding token: `<|endoftext|>` in Stable Diffusion 1.x, `!` in 2.x.
  package static func clip(pad: String) throws -> TokenizerFiles {
    let tables = try BytePairTables.clip()
    return TokenizerFiles(tables, CLIPTokenizerConfig(pad: pad, file: tables.vocabularyFile))
  }

  /// The names of the files in a folder that determine the tokens.
  package static func names(in folder: String) -> [String] {
    func present(_ names: [String]) -> [String] { names.filter { File.exists("\(folder)/\($0)") } }
    return (present([serialised]).isEmpty ? pair : [serialised]) + present([options] + additions)
  }

  /// The tokens of the vocabulary in the order of their ids.
  package var contents: [String] { tables.vocabulary.sorted { $0.value < $1.value }.map(\.key) }
}
