import Admin

/// A picture of several lines on the terminal that is redrawn in place.
struct LiveScreen {
  private var drawn = 0

  static let begin = "\u{1B}[?25l\u{1B}[?7l"
  static let end = "\u{1B}[?25h\u{1B}[?7h"

  /// Lines longer than the terminal are cut by it: wrapping is off while the picture stands.
  mutating func draw(_ lines: [String]) throws {
    var text = Self.begin + (drawn > 0 ? "\u{1B}[\(drawn)A" : "")
    for line in lines { text += "\u{1B}[2K" + line + "\n" }
    // What an earlier, longer picture left below.
    text += "\u{1B}[J"
    try Console.put(text)
    drawn = lines.count
  }

  /// Leaves the picture as it is and gives the cursor back.
  func finish() {
    try? Console.put(Self.end)
  }
}
