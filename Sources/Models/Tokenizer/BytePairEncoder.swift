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

  private static let wordEnd = "</w>"

  /// The id of each token in `vocab.json`.
  let vocabulary: [String: Int]
  private let merges: [Pair: Merge]
  /// The tokens of single bytes, inside a word and at its end.
  private let inner: [Int32]
  private let final: [Int32]

  /// - Parameter unknown: the token of the vocabulary that replaces bytes which the vocabulary lacks.
  /// - Throws: `CheckpointError` naming the entry of `vocab.json` or the line of `merges.txt`.
  init(folder: String, unknown: String) throws {
    let path = "\(folder)/vocab.json"
    let vocabulary: [String: Int] = try ConfigFile.read(from: path)
    var owners: [Int: String] = [:]
    for (token, id) in vocabulary {
      guard (0..<(1 << 24)).contains(id) else {
        throw CheckpointError(
          .malformed, file: path, "gives the token '\(token)' the id \(id), which is not between 0 and 16777215")
      }
      if let other = owners.updateValue(token, forKey: id) {
        let pair = [token, other].sorted()
        throw CheckpointError(
          .malformed, file: path, "gives the tokens '\(pair[0])' and '\(pair[1])' the same id, \(id)")
      }
    }
    guard let unknown = vocabulary[unknown] else {
      throw CheckpointError(
        .malformed, file: path, "lacks the token '\(unknown)': tokenizer_config.json belongs to another vocabulary")
    }
    self.vocabulary = vocabulary
    inner = Self.alphabet.map { Int32(vocabulary[String($0)] ?? unknown) }
    final = Self.alphabet.map { Int32(vocabulary[String($0) + Self.wordEnd] ?? unknown) }
    merges = try Self.merges("\(folder)/merges.txt", vocabulary)
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

  private static func merges(_ path: String, _ vocabulary: [String: Int]) throws -> [Pair: Merge] {
    var merges: [Pair: Merge] = [:]
    for (index, line) in try ConfigFile.lines(of: path).enumerated() {
      if line.isEmpty || index == 0 && line.hasPrefix("#version") { continue }
      func malformed(_ what: String) -> CheckpointError {
        CheckpointError(.malformed, file: path, "line \(index + 1) '\(line)' \(what)")
      }
      let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw malformed("does not have two tokens separated by one space") }
      let ids = try (parts + [parts[0] + parts[1]]).map { token in
        guard let id = vocabulary[token] else { throw malformed("needs the token '\(token)', which vocab.json lacks") }
        return Int32(id)
      }
      let merge = Merge(rank: Int32(merges.count), result: ids[2])
      guard merges.updateValue(merge, forKey: Pair(left: ids[0], right: ids[1])) == nil else {
        throw malformed("repeats an earlier line")
      }
    }
    return merges
  }

  /// The character that represents each byte in the files: the byte's own if it is printable, otherwise the next from
  /// U+0100 on.
  private static let alphabet: [Character] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt8) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Character(Unicode.Scalar(byte))
      default:
        defer { next += 1 }
        return Unicode.Scalar(next).map(Character.init) ?? "\u{FFFD}"
      }
    }
  }()
}
