import Farm
import Files

/// Reads the grammar of ``ImageCondition``.
struct ImageConditionParser {
  private enum Token: Equatable {
    /// A name, a value without quotes or a connective.
    case word(String)
    case quoted(String)
    /// An operator, a bracket or a comma.
    case sign(String)
  }

  /// Brackets and negations inside each other, at most.
  private static let deepest = 64
  private let text: String
  private let tokens: [Token]
  private var position = 0
  private var depth = 0

  init(_ text: String) throws {
    self.text = text
    tokens = try Self.tokens(text)
  }

  // MARK: - Grammar

  mutating func whole() throws -> ImageFilter {
    guard !tokens.isEmpty else { throw refuse("it is empty: write for example emotion = awe and seed < 100") }
    let filter = try condition()
    if position < tokens.count { throw expected("'and', 'or' or the end") }
    return filter
  }

  private mutating func condition() throws -> ImageFilter {
    let first = try alternative()
    var others: [ImageFilter] = []
    while take(word: "or") { others.append(try alternative()) }
    return others.isEmpty ? first : .any([first] + others)
  }

  private mutating func alternative() throws -> ImageFilter {
    let first = try term()
    var others: [ImageFilter] = []
    while take(word: "and") { others.append(try term()) }
    return others.isEmpty ? first : .all([first] + others)
  }

  private mutating func term() throws -> ImageFilter {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw refuse("more than \(Self.deepest) brackets and 'not' are inside each other")
    }
    if take(word: "not") {
      return .not(try term())
    }
    if take(sign: "(") {
      let filter = try condition()
      guard take(sign: ")") else { throw expected("')'") }
      return filter
    }
    return try comparison()
  }

  private mutating func comparison() throws -> ImageFilter {
    guard case .word(let name)? = current, !["and", "or", "in"].contains(name.lowercased()) else {
      throw expected("a name, 'not' or '('")
    }
    guard let column = ImageColumn.all.first(where: { $0.name == name.lowercased() }) else {
      throw refuse("there is no '\(name)': use \(ImageColumn.all.map(\.name).joined(separator: ", "))")
    }
    position += 1
    if take(word: "in") {
      guard take(sign: "(") else { throw expected("'('") }
      var filters: [ImageFilter] = []
      repeat { filters.append(try filter(column, .equal, value())) } while take(sign: ",")
      guard take(sign: ")") else { throw expected("',' or ')'") }
      return .any(filters)
    }
    guard case .sign(let sign)? = current, Self.comparisons.contains(sign) else {
      throw expected("\(Self.comparisons.joined(separator: " ")) or 'in'")
    }
    position += 1
    guard let comparison = ImageFilter.Comparison(rawValue: sign) else {
      return .not(try filter(column, .equal, value()))
    }
    return try filter(column, comparison, value())
  }

  /// - Returns: nil for `null`.
  private mutating func value() throws -> String? {
    switch current {
    case .word(let word):
      position += 1
      return word.lowercased() == "null" ? nil : word
    case .quoted(let text):
      position += 1
      return text
    default: throw expected("a value")
    }
  }

  // MARK: - Comparisons

  /// As they are written; the longer ones first where one begins with another.
  private static let comparisons = ["=", "!=", "<=", ">=", "<", ">", "~"]

  private func filter(
    _ column: ImageColumn, _ comparison: ImageFilter.Comparison, _ written: String?
  ) throws -> ImageFilter {
    guard let written else {
      guard comparison == .equal else { throw refuse("null can only be compared by = and !=") }
      return .isMissing(column.column)
    }
    return .compare(column.column, comparison, try value(of: column, comparison, written))
  }

  /// The written value as one of the column's kind.
  private func value(of column: ImageColumn, _ comparison: ImageFilter.Comparison, _ written: String) throws
    -> ImageFilter.Value
  {
    switch column.kind {
    case .text: return .text(written)
    case .words(let words):
      guard comparison == .equal else { throw refuse("\(column.name) can only be compared by =, != and 'in'") }
      guard words.contains(written.lowercased()) else {
        throw refuse("no \(column.name) is called '\(written)': use \(words.joined(separator: ", "))")
      }
      return .text(written.lowercased())
    case .flag:
      guard comparison == .equal, let flag = Bool(written.lowercased()) else {
        throw refuse("\(column.name) is compared by = or != with true or false")
      }
      return .flag(flag)
    case .whole:
      guard comparison != .contains, let number = Int(written) else {
        throw refuse("\(column.name) is compared with whole numbers, not with '\(written)'")
      }
      return .whole(number)
    case .number:
      guard comparison != .contains, let number = Double(written), number.isFinite else {
        throw refuse("\(column.name) is compared with numbers, not with '\(written)'")
      }
      return .number(number)
    }
  }

  // MARK: - Tokens

  private var current: Token? { position < tokens.count ? tokens[position] : nil }

  private mutating func take(word: String) -> Bool {
    guard case .word(let found)? = current, found.lowercased() == word else { return false }
    position += 1
    return true
  }

  private mutating func take(sign: String) -> Bool {
    guard current == .sign(sign) else { return false }
    position += 1
    return true
  }

  private func expected(_ what: String) -> InputError {
    let found =
      switch current {
      case .word(let word): "'\(word)'"
      case .quoted(let text): "\"\(text)\""
      case .sign(let sign): "'\(sign)'"
      case nil: "the end"
      }
    return refuse("\(what) is expected instead of \(found)")
  }

  private func refuse(_ problem: String) -> InputError { Self.refuse(text, problem) }

  private static func refuse(_ text: String, _ problem: String) -> InputError {
    InputError("the condition '\(text)' cannot be read: \(problem)")
  }

  private static func tokens(_ text: String) throws -> [Token] {
    var tokens: [Token] = []
    var rest = Substring(text)
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if let sign = (comparisons + ["(", ")", ","]).first(where: rest.hasPrefix) {
        tokens.append(.sign(sign))
        rest.removeFirst(sign.count)
      } else if first == "'" || first == "\"" {
        tokens.append(.quoted(try quoted(&rest, first, in: text)))
      } else {
        let word = rest.prefix { !$0.isWhitespace && !"()=!<>~,'\"".contains($0) }
        guard !word.isEmpty else { throw refuse(text, "'\(first)' has no meaning here") }
        tokens.append(.word(String(word)))
        rest.removeFirst(word.count)
      }
    }
    return tokens
  }

  private static func quoted(_ rest: inout Substring, _ quote: Character, in text: String) throws -> String {
    var value = ""
    rest.removeFirst()
    while let next = rest.popFirst() {
      if next != quote {
        value.append(next)
      } else if rest.first == quote {
        value.append(quote)
        rest.removeFirst()
      } else {
        return value
      }
    }
    throw refuse(text, "a quoted text has no end")
  }
}
