import Admin

/// Several lines on the terminal that are redrawn in place.
struct LiveScreen {
  private var drawn = 0

  static let begin = "\u{1B}[?25l\u{1B}[?7l"
  static let end = "\u{1B}[?25h\u{1B}[?7h"

  /// The terminal cuts long lines, because line wrapping is off while the lines are drawn.
  mutating func draw(_ lines: [String]) throws {
    var text = Self.begin + (drawn > 0 ? "\u{1B}[\(drawn)A" : "")
    for line in lines { text += "\u{1B}[2K" + line + "\n" }
    // Erases the remaining lines of an earlier, longer drawing.
    text += "\u{1B}[J"
    try Console.put(text)
    drawn = lines.count
  }

  /// Keeps the last drawing and shows the cursor again.
  func finish() {
    try? Console.put(Self.end)
  }
}
