import Checkpoints
import Files

/// Byte-level byte-pair encoding: each byte of a word becomes a token, then pairs are merged in the order of
/// `merges.txt`.
///
/// Source: Sennrich et al. 2016 (arXiv:1508.07909), over bytes as in GPT-2, with CLIP's `</w>` on a word's last token.
struct BytePairEncoder: Sendable {
  /// Two adjacent tokens.
  private struct Pair: Hashable {
    let left: Int32
    let right: Int32
  }

  private struct Merge {
    let rank: Int32
    let result: Int32
  }

  private let merges: [Pair: Merge]
  /// The tokens of single bytes, inside a word and at its end.
  private let inner: [Int32]
  private let final: [Int32]

  /// - Parameter unknown: the id that replaces bytes which the vocabulary lacks.
  /// - Throws: `CheckpointError` naming the merge.
  init(_ tables: BytePairTables, unknown: Int) throws {
    let vocabulary = tables.vocabulary
    inner = ByteAlphabet.characters.map { Int32(vocabulary[String($0)] ?? unknown) }
    final = ByteAlphabet.characters.map { Int32(vocabulary[String($0) + BytePairTables.wordEnd] ?? unknown) }
    merges = try Self.merges(tables)
  }

  /// Appends the tokens of one word, given as UTF-8.
  func encode(_ word: [UInt8], into tokens: inout [Int]) {
    guard let last = word.last else { return }
    var parts = word.dropLast().map { inner[Int($0)] }
    parts.append(final[Int(last)])
    while let (pair, merge) = lowest(in: parts) {
      // All occurrences of the pair are merged at once: a merge only creates pairs of higher rank, so the order is the
      // same.
      var kept = 0
      var index = 0
      while index < parts.count {
        if index + 1 < parts.count, parts[index] == pair.left, parts[index + 1] == pair.right {
          parts[kept] = merge.result
          index += 2
        } else {
          parts[kept] = parts[index]
          index += 1
        }
        kept += 1
      }
      parts.removeLast(parts.count - kept)
    }
    tokens += parts.lazy.map(Int.init)
  }

  private func lowest(in parts: [Int32]) -> (Pair, Merge)? {
    var best: (Pair, Merge)?
    for (left, right) in zip(parts, parts.dropFirst()) {
      let pair = Pair(left: left, right: right)
      if let merge = merges[pair], merge.rank < best?.1.rank ?? .max { best = (pair, merge) }
    }
    return best
  }

  private static func merges(_ tables: BytePairTables) throws -> [Pair: Merge] {
    var merges: [Pair: Merge] = [:]
    merges.reserveCapacity(tables.merges.count)
    for merge in tables.merges {
      func malformed(_ what: String) -> CheckpointError {
        CheckpointError(
          .malformed, file: tables.mergesFile,
          "\(tables.unit) \(merge.number) '\(merge.left) \(merge.right)' \(what)")
      }
      func id(_ token: String) throws -> Int32 {
        guard let id = tables.vocabulary[token] else {
          let name = tables.vocabularyFile.split(separator: "/").last ?? "the vocabulary"
          throw malformed("needs the token '\(token)', which \(name) lacks")
        }
        return Int32(id)
      }
      let pair = try Pair(left: id(merge.left), right: id(merge.right))
      let result = try Merge(rank: Int32(merges.count), result: id(merge.left + merge.right))
      guard merges.updateValue(result, forKey: pair) == nil else {
        throw malformed("repeats an earlier \(tables.unit)")
      }
    }
    return merges
  }
}
