package import Farm

/// Which images are wanted: `emotion = awe and not (seed < 100 or prompt ~ "bag")`.
///
/// ```
/// condition  = alternative { "or" alternative }
/// alternative = term { "and" term }
/// term       = "not" term | "(" condition ")" | comparison
/// comparison = NAME ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" ) VALUE
///            | NAME "in" "(" VALUE { "," VALUE } ")"
/// ```
///
/// `NAME` is one of ``ImageColumn/all``. `VALUE` is a word, a number, or any text in single or double quotes, in which
/// the quote is written twice. `~` asks whether the value contains a text, without regard to case. `null` stands for a
/// value that an image does not have, such as the emotion of plain text: `=` finds it, and every other comparison with it
/// is false, so that `x != y` says the same as `not x = y`.
package struct ImageCondition: Sendable {
  /// As it was written.
  package let text: String
  package let filter: ImageFilter

  /// - Throws: `InputError` with the place of the fault and what is expected there.
  package init(parsing text: String) throws {
    var parser = try ImageConditionParser(text)
    self.text = text
    filter = try parser.whole()
  }

  package func matches(_ image: ImageFacts) -> Bool { filter.holds { ImageColumn.value(of: $0, in: image) } }

  /// A text as a condition's value, whatever it contains.
  package static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
