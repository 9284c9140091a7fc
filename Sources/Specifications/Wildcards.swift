import Files

/// A text in which `{a|b|c}` stands for one of its alternatives and `__name__` for a line of the file `name.txt`, drawn
/// for each image; alternatives and lines may contain others.
///
/// `{3::a|b}` draws `a` three times as often as `b`. `\{`, `\}`, `\|`, `\$`, `\_`, `\:`, `\@`, `\~` and `\!` are the
/// characters themselves. Other forms of the extension Dynamic Prompts are refused by name.
///
/// Source: "Syntax Guide" of the extension sd-dynamic-prompts of AUTOMATIC1111's web UI.
struct Wildcards {
  indirect enum Part {
    case text(String)
    case group(WildcardGroup)
  }

  private let parts: [Part]

  /// - Throws: ``BatchSpecError`` if the braces do not match or the text has a form that is not supported.
  init(_ text: String, _ files: WildcardFiles) throws(BatchSpecError) {
    var reader = WildcardReader(text, files, opened: [])
    parts = try reader.sequence(depth: 0)
  }

  /// Whether the text is the same for every image.
  var isConstant: Bool {
    parts.allSatisfy { if case .text = $0 { true } else { false } }
  }

  private static let mostDraws = 10_000

  /// The text with alternatives drawn by `generator`: one number for each group on the way.
  ///
  /// - Throws: ``BatchSpecError`` if the groups of its files multiply without measure.
  func drawn(using generator: inout some RandomNumberGenerator) throws(BatchSpecError) -> String {
    var text = ""
    var draws = 0
    try Self.draw(parts, &generator, into: &text, &draws)
    return text
  }

  private static func draw(
    _ parts: [Part], _ generator: inout some RandomNumberGenerator, into text: inout String, _ draws: inout Int
  ) throws(BatchSpecError) {
    for part in parts {
      switch part {
      case .text(let words): text += words
      case .group(let group):
        draws += 1
        guard draws <= mostDraws, text.utf8.count <= 1 << 20 else {
          throw BatchSpecError("draws more than \(mostDraws) alternatives for one image: use fewer groups in its files")
        }
        try draw(group.choice(by: generator.next()), &generator, into: &text, &draws)
      }
    }
  }
}

/// Alternatives, one of which is drawn.
struct WildcardGroup {
  private let choices: [[Wildcards.Part]]
  /// The sums of the weights up to each choice; nil if all are 1.
  private let sums: [Double]?

  /// - Throws: ``BatchSpecError`` if no choice can be drawn.
  init(_ choices: [(weight: Double, parts: [Wildcards.Part])]) throws(BatchSpecError) {
    guard choices.contains(where: { $0.weight > 0 }) else {
      throw BatchSpecError("has a group whose weights are all 0: no alternative can be drawn")
    }
    self.choices = choices.map(\.parts)
    var sum = 0.0
    let sums = choices.map { choice in
      sum += choice.weight
      return sum
    }
    self.sums = choices.allSatisfy { $0.weight == 1 } ? nil : sums
  }

  /// The choice for a random number. It is a part of the format: the same number gives the same choice for ever.
  func choice(by number: UInt64) -> [Wildcards.Part] {
    let high = number >> 32
    guard let sums, let total = sums.last else { return choices[Int((high * UInt64(choices.count)) >> 32)] }
    let point = Double(high) / 0x1p32 * total
    // The first sum above the point; sums ascend.
    var (lower, upper) = (0, sums.count - 1)
    while lower < upper {
      let middle = (lower + upper) / 2
      if sums[middle] > point { upper = middle } else { lower = middle + 1 }
    }
    return choices[lower]
  }
}
