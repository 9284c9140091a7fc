/// One line of progress, redrawn in place on a terminal; elsewhere nothing, or a new line every few seconds.
package struct ProgressLine {
  private let isLive: Bool
  private let plainEvery: Duration?
  private let put: (String) -> Void
  private var isShown = false
  private var last: ContinuousClock.Instant

  /// - Parameters:
  ///   - isLive: whether a line can be redrawn.
  ///   - plainEvery: the interval between lines if none can be redrawn, also before the first; nil for no lines.
  ///   - put: writes text unchanged.
  package init(
    isLive: Bool, plainEvery: Duration? = nil, start: ContinuousClock.Instant = .now, put: @escaping (String) -> Void
  ) {
    self.isLive = isLive
    self.plainEvery = plainEvery
    self.put = put
    last = isLive ? start - .seconds(1) : start
  }

  /// Draws at most ten times a second.
  package mutating func show(_ text: @autoclosure () -> String, now: ContinuousClock.Instant = .now) {
    guard let period = isLive ? Duration.milliseconds(100) : plainEvery, now - last >= period else { return }
    last = now
    isShown = isLive
    put(isLive ? "\r\u{1B}[?7l\u{1B}[2K\(text())\u{1B}[?7h" : "\(text())\n")
  }

  /// Erases the live line, before other output and at the end.
  package mutating func clear() {
    guard isShown else { return }
    isShown = false
    last -= .seconds(1)
    put("\r\u{1B}[2K")
  }
}
