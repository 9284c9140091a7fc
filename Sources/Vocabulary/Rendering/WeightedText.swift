import Files

/// A prompt in AUTOMATIC1111's syntax: texts with weights, and breaks between chunks.
///
/// `(text)` multiplies the weight by 1.1, `[text]` divides it by 1.1, `(text:1.3)` multiplies it by 1.3, a backslash
/// makes the next character plain, and the word `BREAK` outside brackets begins a new chunk. A bracket that is not
/// closed reaches to the end; a closing bracket without an opening one is a character.
///
/// Source: the syntax that AUTOMATIC1111's stable-diffusion-webui documents under "Attention/emphasis".
package struct WeightedText: Hashable, Sendable {
  package enum Part: Hashable, Sendable {
    case text(String, weight: Double)
    case chunkBreak
  }

  package private(set) var parts: [Part] = []

  private static let emphasis = 1.1
  /// Far beyond any use: at weights of 3, images already dissolve.
  private static let weights = -100.0...100.0

  /// - Throws: ``SettingError`` naming what this syntax would mean elsewhere but is not supported here: prompt editing,
  ///   alternation, composition and files.
  package init(parsing text: String) throws(SettingError) {
    let characters = Array(text.unicodeScalars)
    try Self.refuseUnsupported(characters)
    var scanner = Scanner()
    var position = 0
    while position < characters.count {
      position = try scanner.take(characters, from: position)
    }
    scanner.closeAll()
    for (text, weight) in scanner.pieces {
      if (text, weight) == Scanner.chunkBreak {
        parts.append(.chunkBreak)
        continue
      }
      guard Self.weights.contains(weight) else {
        throw SettingError("prompt", "gives '\(text)' the weight \(weight), but weights must be between -100 and 100")
      }
      if case .text(let before, weight)? = parts.last {
        parts[parts.count - 1] = .text(before + text, weight: weight)
      } else {
        parts.append(.text(text, weight: weight))
      }
    }
  }

  /// Collects pieces and multiplies the weights of those inside a bracket when it closes.
  private struct Scanner {
    /// As in the web UI, the word is a break if the brackets around it leave its weight at -1.
    static let chunkBreak = ("BREAK", -1.0)

    var pieces: [(text: String, weight: Double)] = []
    /// For each open bracket the number of pieces before it.
    private var round: [Int] = []
    private var square: [Int] = []

    /// Reads what begins at a position and returns the position after it.
    mutating func take(_ text: [Unicode.Scalar], from position: Int) throws(SettingError) -> Int {
      switch text[position] {
      case "\\":
        let escaped = position + 1 < text.count && #"()[]\"#.unicodeScalars.contains(text[position + 1])
        append(escaped ? String(text[position + 1]) : "")
        return position + (escaped ? 2 : 1)
      case "(":
        round.append(pieces.count)
        return position + 1
      case "[":
        square.append(pieces.count)
        return position + 1
      case ")" where !round.isEmpty:
        multiply(from: round.removeLast(), by: WeightedText.emphasis)
        return position + 1
      case "]" where !square.isEmpty:
        multiply(from: square.removeLast(), by: 1 / WeightedText.emphasis)
        return position + 1
      case ":":
        guard !round.isEmpty, let (number, end) = Self.weight(text, after: position) else {
          append(":")
          return position + 1
        }
        guard let weight = Double(number) else {
          throw SettingError("prompt", "has the weight '\(number)', which is not a number: write it as in (word:1.3)")
        }
        multiply(from: round.removeLast(), by: weight)
        return end
      case ")", "]":
        append(String(text[position]))
        return position + 1
      default:
        var end = position
        while end < text.count, !#"\()[]:"#.unicodeScalars.contains(text[end]) { end += 1 }
        appendWords(Array(text[position..<end]))
        return end
      }
    }

    mutating func closeAll() {
      for start in round { multiply(from: start, by: WeightedText.emphasis) }
      for start in square { multiply(from: start, by: 1 / WeightedText.emphasis) }
      if pieces.isEmpty { append("") }
    }

    private mutating func append(_ text: String) { pieces.append((text, 1)) }

    /// Appends text, splitting it at the word `BREAK` with the white space around it.
    private mutating func appendWords(_ text: [Unicode.Scalar]) {
      var start = 0
      for word in WeightedText.occurrences(of: "BREAK", in: text) {
        var (lower, upper) = (word.lowerBound, word.upperBound)
        while lower > start, text[lower - 1].properties.isWhitespace { lower -= 1 }
        while upper < text.count, text[upper].properties.isWhitespace { upper += 1 }
        append(WeightedText.string(text[start..<lower]))
        pieces.append(Self.chunkBreak)
        start = upper
      }
      append(WeightedText.string(text[start...]))
    }

    private mutating func multiply(from start: Int, by factor: Double) {
      for index in pieces.indices.dropFirst(start) { pieces[index].weight *= factor }
    }

    /// The number in `: 1.3 )` and the position after it; nil if something else follows the colon.
    private static func weight(_ text: [Unicode.Scalar], after colon: Int) -> (String, Int)? {
      var position = colon + 1
      func skipSpace() { while position < text.count, text[position].properties.isWhitespace { position += 1 } }
      skipSpace()
      let start = position
      if position < text.count, text[position] == "+" || text[position] == "-" { position += 1 }
      let digits = position
      while position < text.count, text[position] == "." || ("0"..."9").contains(text[position]) { position += 1 }
      let end = position
      skipSpace()
      guard end > digits, position < text.count, text[position] == ")" else { return nil }
      return (WeightedText.string(text[start..<end]), position + 1)
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  /// The places where a word stands by itself.
  private static func occurrences(of word: String, in text: [Unicode.Scalar]) -> [Range<Int>] {
    let word = Array(word.unicodeScalars)
    func isPart(_ index: Int) -> Bool {
      text.indices.contains(index)
        && (text[index].properties.isAlphabetic || text[index] == "_"
          || text[index].properties.numericType != nil)
    }
    var found: [Range<Int>] = []
    var position = 0
    while position + word.count <= text.count {
      let end = position + word.count
      if text[position..<end].elementsEqual(word), !isPart(position - 1), !isPart(end) {
        found.append(position..<end)
        position = end
      } else {
        position += 1
      }
    }
    return found
  }

  /// Refuses what the web UI would not read as words or weights.
  private static func refuseUnsupported(_ text: [Unicode.Scalar]) throws(SettingError) {
    guard occurrences(of: "AND", in: text).isEmpty else {
      throw SettingError(
        "prompt", "joins prompts by AND, which is not supported: write 'and' for the word, or render each by itself")
    }
    for name in ["lora", "lyco", "hypernet"] where string(text[...]).contains("<\(name):") {
      throw SettingError("prompt", "names a file by <\(name):…>, which is not supported: use --lora FILE:WEIGHT")
    }
    /// An open square bracket: where it begins, whether `|` stands in it, and where its last colon is.
    var open: [(isSquare: Bool, start: Int, hasBar: Bool, colon: Int?)] = []
    var position = 0
    while position < text.count {
      defer { position += 1 }
      switch text[position] {
      case "\\": position += 1
      case "(", "[": open.append((text[position] == "[", position, false, nil))
      case "|": if !open.isEmpty { open[open.count - 1].hasBar = true }
      case ":": if !open.isEmpty { open[open.count - 1].colon = position }
      case ")":
        if let index = open.lastIndex(where: { !$0.isSquare }) { open.removeSubrange(index...) }
      case "]":
        guard let index = open.lastIndex(where: \.isSquare) else { continue }
        let bracket = open[index]
        open.removeSubrange(index...)
        let when = bracket.colon.map { string(text[($0 + 1)..<position]).trimmed }
        let written = string(text[bracket.start...position])
        if bracket.hasBar {
          throw SettingError(
            "prompt", #"alternates words by '\#(written)', which is not supported: write \[ for a bracket"#)
        }
        if let when, Double(when) != nil {
          throw SettingError(
            "prompt", #"changes during the steps by '\#(written)', which is not supported: write \[ for a bracket"#)
        }
      default: continue
      }
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
