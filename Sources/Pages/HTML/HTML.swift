import Training

/// A piece of a page whose interpolated texts are always escaped, as the values of an `SQL` statement are always sent as
/// parameters.
///
///     let row: HTML = "<td>\(batch.name)</td>"
///
/// Pieces compose: an interpolated `HTML` is inserted as it is. Literals are markup and come from this program alone.
struct HTML: Sendable, Equatable {
  private(set) var text: String

  private init(markup: String) {
    text = markup
  }

  static let empty = HTML(markup: "")

  /// This program's style sheet as the content of a `style` element, in which nothing is escaped.
  static let style = HTML(markup: String(decoding: Asset.style.bytes, as: UTF8.self))

  /// The curve of a training, which its room draws as markup with its texts escaped; nil without points.
  static func curve(_ curve: TrainingCurve, steps: Int) -> HTML? { curve.svg(steps: steps).map { HTML(markup: $0) } }

  static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.text + right.text) }

  static func += (left: inout HTML, right: HTML) { left.text += right.text }

  /// The text with everything escaped that could end a text node or a quoted attribute. Control characters, which HTML
  /// does not allow, and those that reorder the text around them are replaced.
  static func escape(_ text: some StringProtocol) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    // What stands between two escapes is copied at once.
    var start = text.startIndex
    for index in text.unicodeScalars.indices {
      guard let escaped = escaped(text.unicodeScalars[index]) else { continue }
      result += text[start..<index]
      result += escaped
      start = text.unicodeScalars.index(after: index)
    }
    result += text[start...]
    return result
  }

  /// nil for a scalar that stands for itself.
  private static func escaped(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "&": "&amp;"
    case "<": "&lt;"
    case ">": "&gt;"
    case "\"": "&quot;"
    case "'": "&#39;"
    case "\n", "\t": nil
    case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": "\u{FFFD}"
    default: nil
    }
  }
}

extension HTML: ExpressibleByStringInterpolation {
  init(stringLiteral value: String) {
    text = value
  }

  init(stringInterpolation: StringInterpolation) {
    text = stringInterpolation.text
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + interpolationCount * 16)
    }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: some StringProtocol) { text += HTML.escape(value) }
    mutating func appendInterpolation(_ value: some BinaryInteger) { text += String(value) }
    mutating func appendInterpolation(_ piece: HTML) { text += piece.text }
    mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }
    /// A piece or nothing.
    mutating func appendInterpolation(_ piece: HTML?) { text += piece?.text ?? "" }
  }
}

extension Sequence<HTML> {
  /// The pieces one after the other.
  func joined(_ separator: HTML = .empty) -> HTML {
    var result = HTML.empty
    for (index, piece) in enumerated() {
      if index > 0 { result += separator }
      result += piece
    }
    return result
  }
}
