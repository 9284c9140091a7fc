import Files
import Foundation
import Models

/// Builds a byte-pair vocabulary in which every word of a small language is one token.
///
/// Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2016, over bytes as in CLIP,
/// and repeated until no pair is left.
package enum BytePairVocabulary {
  private static let wordEnd = "</w>"
  private static let begin = "<|startoftext|>"
  private static let end = "<|endoftext|>"

  /// Writes `vocab.json`, `merges.txt`, `tokenizer_config.json` and `special_tokens_map.json`.
  ///
  /// - Parameter words: ASCII words; their letters are lower-cased.
  package static func write(_ words: [String], maxLength: Int, to folder: String) throws {
    let merges = merges(words.map { $0.lowercased() })
    let table = Dictionary(uniqueKeysWithValues: tokens(merges).enumerated().map { ($0.element, $0.offset) })
    let special = ["bos_token": begin, "eos_token": end, "unk_token": end, "pad_token": end]
    var config: [String: Any] = special
    config["model_max_length"] = maxLength
    config["do_lower_case"] = true
    config["tokenizer_class"] = "CLIPTokenizer"
    try ConfigurationFile.write(object: table, to: "\(folder)/vocab.json")
    try ConfigurationFile.write(object: config, to: "\(folder)/tokenizer_config.json")
    try ConfigurationFile.write(object: special, to: "\(folder)/special_tokens_map.json")
    let lines = (["#version: 0.2"] + merges.map { "\($0.0) \($0.1)" }).map { $0 + "\n" }.joined()
    try DurableFile.write(Array(lines.utf8), to: "\(folder)/merges.txt")
  }

  /// The number of tokens that `write` generates for these words.
  package static func size(_ words: [String]) -> Int { tokens(merges(words.map { $0.lowercased() })).count }

  /// The alphabet inside words and at their ends, the results of the merges, and last the two special tokens.
  private static func tokens(_ merges: [(String, String)]) -> [String] {
    let alphabet = ByteAlphabet.characters.map(String.init)
    var tokens = alphabet + alphabet.map { $0 + wordEnd }
    var known = Set(tokens)
    // Two merges may build the same token from different parts.
    for token in merges.map({ $0.0 + $0.1 }) where known.insert(token).inserted { tokens.append(token) }
    return tokens + [begin, end]
  }

  private static func merges(_ words: [String]) -> [(String, String)] {
    var parts = Set(words).sorted().filter { !$0.isEmpty }.map { word -> [String] in
      let letters = word.map(String.init)
      return letters.dropLast() + [(letters.last ?? "") + wordEnd]
    }
    var merges: [(String, String)] = []
    while true {
      var counts: [[String]: Int] = [:]
      for word in parts {
        for (left, right) in zip(word, word.dropFirst()) { counts[[left, right], default: 0] += 1 }
      }
      // The most frequent pair; on ties the first in alphabetical order.
      guard
        let best = counts.max(by: {
          ($0.value, $1.key.joined(separator: " ")) < ($1.value, $0.key.joined(separator: " "))
        })?.key
      else { return merges }
      merges.append((best[0], best[1]))
      parts = parts.map { word in
        var merged: [String] = []
        for part in word {
          if let last = merged.last, last == best[0], part == best[1] {
            merged[merged.count - 1] = last + part
          } else {
            merged.append(part)
          }
        }
        return merged
      }
    }
  }
}
