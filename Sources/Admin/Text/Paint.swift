/// Colours and characters that the output supports.
package struct Paint: Sendable {
  /// Whether escape sequences for colour and weight may be used.
  package let usesColour: Bool
  /// Whether characters beyond ASCII may be used for drawing.
  package let usesUnicode: Bool

  package init(usesColour: Bool, usesUnicode: Bool) {
    self.usesColour = usesColour
    self.usesUnicode = usesUnicode
  }

  package static let plain = Paint(usesColour: false, usesUnicode: false)

  /// The environment's capabilities: no colour without a terminal, with `NO_COLOR` set, or with `TERM=dumb`; drawing
  /// characters if the locale is UTF-8.
  package init(environment: [String: String], isTerminal: Bool) {
    let forbidden = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    usesColour = isTerminal && !forbidden
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    usesUnicode = name.contains("utf-8") || name.contains("utf8")
  }

  package func bold(_ text: String) -> String { dressed(text, "1") }
  package func dim(_ text: String) -> String { dressed(text, "2") }
  package func red(_ text: String) -> String { dressed(text, "31") }
  package func green(_ text: String) -> String { dressed(text, "32") }
  package func yellow(_ text: String) -> String { dressed(text, "33") }

  /// `part` of `whole` as a bar of `width` columns, full only when nothing is missing.
  package func bar(_ part: Int, of whole: Int, width: Int) -> String {
    let share = whole > 0 ? Double(max(0, min(part, whole))) / Double(whole) : 0
    let filled = Int(share * Double(width))
    let (full, empty) = usesUnicode ? ("█", "░") : ("#", "-")
    return String(repeating: full, count: filled) + dim(String(repeating: empty, count: width - filled))
  }

  private func dressed(_ text: String, _ code: String) -> String {
    usesColour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
