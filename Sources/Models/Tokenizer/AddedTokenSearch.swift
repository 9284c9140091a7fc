/// Finds added tokens in a text: the leftmost first, and of several at one place the longest.
///
/// Source: `AddedVocabulary` of Hugging Face's `tokenizers`.
struct AddedTokenSearch: Sendable {
  private struct Entry {
    let token: AddedToken
    let scalars: [Unicode.Scalar]
    let id: Int
  }

  /// By first scalar, the longest first.
  private var entries: [Unicode.Scalar: [Entry]] = [:]

  /// - Parameter written: how a token's content stands in the text that is searched.
  init(_ tokens: [(token: AddedToken, id: Int)], written: (String) -> [Unicode.Scalar]) {
    for (token, id) in tokens {
      let scalars = written(token.content)
      guard let first = scalars.first else { continue }
      entries[first, default: []].append(Entry(token: token, scalars: scalars, id: id))
    }
    // Tokens of equal contents keep their order, so that the first is found.
    entries = entries.mapValues { list in
      list.enumerated().sorted {
        ($1.element.scalars.count, $0.offset) < ($0.element.scalars.count, $1.offset)
      }.map(\.element)
    }
  }

  /// Calls `found` with the id of each token in `text` and `rest` with the text between them, in order.
  func split(
    _ text: ArraySlice<Unicode.Scalar>, found: (Int) -> Void, rest: (ArraySlice<Unicode.Scalar>) -> Void
  ) {
    var start = text.startIndex
    var position = start
    while position < text.endIndex {
      guard let entry = entries[text[position]]?.first(where: { text[position...].starts(with: $0.scalars) }) else {
        position += 1
        continue
      }
      var (lower, upper) = (position, position + entry.scalars.count)
      position = upper
      if entry.token.isSingleWord, Self.isInsideWord(text, lower, upper) { continue }
      if entry.token.stripsLeft {
        // White space that an earlier token includes is not shared.
        while lower > max(start, text.startIndex), text[lower - 1].properties.isWhitespace { lower -= 1 }
      }
      if entry.token.stripsRight {
        while upper < text.endIndex, text[upper].properties.isWhitespace { upper += 1 }
      }
      if start < lower { rest(text[start..<lower]) }
      found(entry.id)
      start = max(start, upper)
    }
    if start < text.endIndex { rest(text[start...]) }
  }

  private static func isInsideWord(_ text: ArraySlice<Unicode.Scalar>, _ lower: Int, _ upper: Int) -> Bool {
    lower > text.startIndex && isWord(text[lower - 1]) || upper < text.endIndex && isWord(text[upper])
  }

  /// Whether a scalar belongs to `\w`: Unicode Technical Standard 18, annex C.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }
}
