import Files

/// Reads the parts of a text with wildcards.
struct WildcardReader {
  private static let deepest = 16
  private static let escaped = "{}|$_:@~!"
  private static let largestWeight = 1e6

  private let characters: [Character]
  private var position = 0
  private let files: WildcardFiles
  /// The files whose lines are being read, the last of which holds this text.
  private let opened: [String]

  init(_ text: String, _ files: WildcardFiles, opened: [String]) {
    characters = Array(text)
    self.files = files
    self.opened = opened
  }

  /// The character at a distance from the position; nil beyond the end.
  private func next(_ distance: Int = 1) -> Character? {
    position + distance < characters.count ? characters[position + distance] : nil
  }

  /// Reads parts up to the end or, inside a group, up to `|` or `}`.
  mutating func sequence(depth: Int) throws(BatchSpecError) -> [Wildcards.Part] {
    guard depth <= Self.deepest else {
      throw BatchSpecError("has braces more than \(Self.deepest) deep: write fewer")
    }
    var parts: [Wildcards.Part] = []
    var words = ""
    func closed() -> [Wildcards.Part] { words.isEmpty ? parts : parts + [.text(words)] }
    func add(_ group: WildcardGroup) {
      parts = closed() + [.group(group)]
      words = ""
    }
    while let character = next(0) {
      switch character {
      case "\\":
        guard let second = next(), Self.escaped.contains(second) else { break }
        words.append(second)
        position += 2
        continue
      case "{":
        position += 1
        add(try choices(depth: depth + 1))
        continue
      case "|" where depth > 0: return closed()
      case "}":
        guard depth > 0 else {
          throw BatchSpecError(#"has a '}' without '{': write \} for the character"#)
        }
        return closed()
      case "$" where next() == "{":
        throw BatchSpecError(#"has a variable, '${', which is not supported: write \$ for the character"#)
      case "_":
        guard let (name, end) = fileName() else { break }
        position = end
        add(try files.group(name, opened: opened))
        continue
      default: break
      }
      words.append(character)
      position += 1
    }
    return closed()
  }

  /// Reads the alternatives up to the closing brace.
  private mutating func choices(depth: Int) throws(BatchSpecError) -> WildcardGroup {
    try refuseOtherDraws()
    var choices: [(weight: Double, parts: [Wildcards.Part])] = []
    while true {
      choices.append((try weight(), try sequence(depth: depth)))
      guard let end = next(0) else {
        throw BatchSpecError(#"has a '{' without '}': write \{ for the character"#)
      }
      position += 1
      if end == "}" { return try WildcardGroup(choices) }
    }
  }

  /// Refuses `{2$$a|b}`, which draws several alternatives, and `{@a|b}`, which chooses another way of drawing.
  private func refuseOtherDraws() throws(BatchSpecError) {
    if let mark = next(0), "@~!".contains(mark) {
      throw BatchSpecError(
        #"chooses a way of drawing by '{\#(mark)', which is not supported: write \\#(mark) for the character"#)
    }
    var distance = 0
    while let character = next(distance), !"{}|\\".contains(character) {
      if character == "$", next(distance + 1) == "$" {
        let written = String(characters[position...(position + distance + 1)])
        throw BatchSpecError(
          "draws several alternatives by '{\(written)', which is not supported: write a group for each, or "
            + #"\$ for the character"#)
      }
      distance += 1
    }
  }

  /// Reads the weight before an alternative, such as `3::`; 1 if there is none.
  mutating func weight() throws(BatchSpecError) -> Double {
    var distance = 0
    while let character = next(distance), "0123456789.+-eE ".contains(character) { distance += 1 }
    guard next(distance) == ":", next(distance + 1) == ":" else { return 1 }
    let written = String(characters[position..<position + distance]).filter { $0 != " " }
    guard !written.isEmpty else { return 1 }
    guard let weight = Double(written), (0...Self.largestWeight).contains(weight) else {
      throw BatchSpecError(
        "has the weight '\(written)::', but a weight is a number from 0 to \(Int(Self.largestWeight)), as in {3::a|b}")
    }
    position += distance + 2
    return weight
  }

  /// The name in `__name__` and the position after it; nil if the underscores are characters.
  private func fileName() -> (name: String, end: Int)? {
    guard next() == "_" else { return nil }
    var distance = 2
    while let character = next(distance), character.isLetter || character.isNumber || "-_/.*".contains(character) {
      if distance > 2, character == "_", next(distance + 1) == "_" {
        return (String(characters[position + 2..<position + distance]), position + distance + 2)
      }
      distance += 1
    }
    return nil
  }
}
