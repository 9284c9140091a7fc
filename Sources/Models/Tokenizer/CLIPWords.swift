/// Splits normalized text into the words that CLIP encodes one by one.
///
/// The pattern, over Unicode scalars, with the leftmost alternative tried first:
/// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+`,
/// then GPT-2's pattern on each match, which splits the two markers at their `<|` and `|>`.
struct CLIPWords {
  private enum Kind { case letter, number, space, other }

  private static let markers = ["startoftext", "endoftext"].map { Array($0.unicodeScalars) }
  private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.unicodeScalars) }
  private static let open = Array("<|".unicodeScalars)
  private static let close = Array("|>".unicodeScalars)

  /// Calls `word` with the range of each word in `text`, in order.
  static func forEach(in text: ArraySlice<Unicode.Scalar>, _ word: (Range<Int>) -> Void) {
    var position = text.startIndex
    while position < text.endIndex {
      if text[position] == "<", let inside = marker(text[position...]) {
        word(position..<inside.lowerBound)
        word(inside)
        position = inside.upperBound + close.count
        word(inside.upperBound..<position)
        continue
      }
      if text[position] == "'", let tail = contractions.first(where: { text[(position + 1)...].starts(with: $0) }) {
        word(position..<position + 1 + tail.count)
        position += 1 + tail.count
        continue
      }
      let kind = kind(text[position])
      var end = position + 1
      if kind == .letter || kind == .other {
        while end < text.endIndex, Self.kind(text[end]) == kind { end += 1 }
      }
      if kind != .space { word(position..<end) }
      position = end
    }
  }

  /// The word between the brackets of the marker that `text` starts with; nil if it starts with none.
  private static func marker(_ text: ArraySlice<Unicode.Scalar>) -> Range<Int>? {
    let start = text.startIndex + open.count
    guard text.starts(with: open) else { return nil }
    for name in markers where text[start...].starts(with: name + close) { return start..<start + name.count }
    return nil
  }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    if scalar.isASCII {
      switch scalar {
      case "a"..."z", "A"..."Z": return .letter
      case "0"..."9": return .number
      case " ", "\t"..."\r": return .space
      default: return .other
      }
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }
}
