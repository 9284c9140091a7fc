import Admin

/// One line of progress on standard error, redrawn in place; silent where that is no terminal.
struct ProgressLine {
  private var isShown = false
  private var last: ContinuousClock.Instant?

  /// Draws at most ten times a second.
  mutating func show(_ text: @autoclosure () -> String) {
    guard Console.canRedrawError else { return }
    let now = ContinuousClock.now
    if let last, now - last < .milliseconds(100) { return }
    last = now
    isShown = true
    Console.putError("\r\u{1B}[?7l\u{1B}[2K\(text())\u{1B}[?7h")
  }

  /// Takes the line away, before something else is printed and at the end.
  mutating func clear() {
    guard isShown else { return }
    isShown = false
    last = nil
    Console.putError("\r\u{1B}[2K")
  }
}
