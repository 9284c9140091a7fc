import Admin

extension ProgressLine {
  /// On standard error.
  init(plainEvery: Duration? = nil) {
    self.init(isLive: Console.canRedrawError, plainEvery: plainEvery, put: Console.putError)
  }
}
