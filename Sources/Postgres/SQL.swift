/// A statement whose interpolated values are always sent as `$n` parameters, never as part of its text.
///
///     let sql: SQL = "SELECT id FROM jobs WHERE batch = \(batch) AND state = ANY(\(["queued", "running"]))"
///
/// Statements compose: an interpolated `SQL` is spliced in and its parameters are renumbered. Raw text needs the label
/// `\(unsafeRaw: text)`, and names need `\(identifier: name)`.
package struct SQL: Sendable {
  enum Fragment: Sendable {
    case text(String)
    case parameter(any PostgresBindable)
  }

  var fragments: [Fragment]

  init(fragments: [Fragment]) {
    self.fragments = fragments
  }

  /// The statement with its `$n` placeholders. It contains no parameter values, so it may be logged.
  package var text: String {
    var number = 0
    return fragments.reduce(into: "") { text, fragment in
      switch fragment {
      case .text(let piece): text += piece
      case .parameter:
        number += 1
        text += "$\(number)"
      }
    }
  }

  /// The values of `$1`, `$2`, ….
  package var parameters: [any PostgresBindable] {
    fragments.compactMap { fragment in
      if case .parameter(let value) = fragment { value } else { nil }
    }
  }

  package static func + (left: SQL, right: SQL) -> SQL {
    SQL(fragments: left.fragments + right.fragments)
  }

  package static func += (left: inout SQL, right: SQL) {
    left.fragments += right.fragments
  }
}

extension SQL: ExpressibleByStringInterpolation {
  package init(stringLiteral value: String) {
    fragments = [.text(value)]
  }

  package init(stringInterpolation: StringInterpolation) {
    fragments = stringInterpolation.fragments
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    var fragments: [Fragment] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      fragments.reserveCapacity(interpolationCount * 2 + 1)
    }

    package mutating func appendLiteral(_ literal: String) {
      fragments.append(.text(literal))
    }

    package mutating func appendInterpolation(_ value: some PostgresBindable) {
      fragments.append(.parameter(value))
    }

    package mutating func appendInterpolation(_ piece: SQL) {
      fragments += piece.fragments
    }

    /// Inserts text into the statement verbatim. Never use it for text from outside the program.
    package mutating func appendInterpolation(unsafeRaw text: String) {
      fragments.append(.text(text))
    }

    /// Inserts a quoted identifier.
    package mutating func appendInterpolation(identifier name: String) {
      fragments.append(.text(SQL.quote(identifier: name)))
    }
  }

  /// The name in double quotes.
  static func quote(identifier name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }
}

extension Sequence<SQL> {
  /// Joins the statements with a separator.
  package func joined(separator: SQL) -> SQL {
    var result = SQL(fragments: [])
    for (index, piece) in enumerated() {
      if index > 0 { result += separator }
      result += piece
    }
    return result
  }
}
