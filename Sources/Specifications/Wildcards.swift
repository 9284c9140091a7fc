import Files

/// A text in which `{a|b|c}` stands for one of its alternatives, drawn for each image; groups may contain others.
///
/// `\{`, `\}` and `\|` are the characters themselves.
struct Wildcards: Equatable {
  private indirect enum Part: Equatable {
    case text(String)
    case group([[Part]])
  }

  private let parts: [Part]

  /// - Throws: ``BatchSpecError`` if the braces do not match.
  init(_ text: String) throws(BatchSpecError) {
    var reader = Reader(characters: Array(text))
    parts = try reader.sequence(depth: 0)
  }

  /// Whether the text is the same for every image.
  var isConstant: Bool {
    parts.allSatisfy { if case .text = $0 { true } else { false } }
  }

  /// The text with alternatives drawn by `generator`.
  func drawn(using generator: inout some RandomNumberGenerator) -> String {
    Self.drawn(parts, &generator)
  }

  private static func drawn(_ parts: [Part], _ generator: inout some RandomNumberGenerator) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .text(let words): text += words
      case .group(let choices):
        // One number for each group on the way, so that the draw does not depend on Swift's `randomElement`.
        let choice = Int(((generator.next() >> 32) * UInt64(choices.count)) >> 32)
        text += drawn(choices[choice], &generator)
      }
    }
    return text
  }

  private struct Reader {
    private static let deepest = 16
    let characters: [Character]
    var position = 0

    init(characters: [Character]) { self.characters = characters }

    /// Reads parts up to the end or, inside a group, up to `|` or `}`.
    mutating func sequence(depth: Int) throws(BatchSpecError) -> [Part] {
      guard depth <= Self.deepest else {
        throw BatchSpecError("has braces more than \(Self.deepest) deep: write fewer")
      }
      var parts: [Part] = []
      var words = ""
      func closed() -> [Part] { words.isEmpty ? parts : parts + [.text(words)] }
      while position < characters.count {
        let character = characters[position]
        switch character {
        case "\\" where position + 1 < characters.count && "{}|".contains(characters[position + 1]):
          words.append(characters[position + 1])
          position += 2
        case "{":
          position += 1
          parts = closed()
          words = ""
          parts.append(.group(try choices(depth: depth + 1)))
        case "|" where depth > 0: return closed()
        case "}":
          guard depth > 0 else {
            throw BatchSpecError(#"has a '}' without '{': write \} for the character"#)
          }
          return closed()
        default:
          words.append(character)
          position += 1
        }
      }
      return closed()
    }

    /// Reads the alternatives up to the closing brace.
    private mutating func choices(depth: Int) throws(BatchSpecError) -> [[Part]] {
      var choices: [[Part]] = []
      while true {
        choices.append(try sequence(depth: depth))
        guard position < characters.count else {
          throw BatchSpecError(#"has a '{' without '}': write \{ for the character"#)
        }
        position += 1
        if characters[position - 1] == "}" { return choices }
      }
    }
  }
}

/// SplitMix64, seeded by a batch's seed and the place of an image, so that draws depend on the specification alone.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct DrawGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, _ place: Int...) {
    state = seed
    for number in place {
      state = next() ^ UInt64(truncatingIfNeeded: number)
    }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
