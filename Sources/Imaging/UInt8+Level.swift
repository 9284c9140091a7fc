extension UInt8 {
  /// A computed level of a colour channel as a byte: cut at 0 and 255, then rounded to the nearest.
  ///
  /// The one place where a number becomes a pixel. NaN becomes 0: whoever computes levels with a network refuses results
  /// that are not finite before.
  ///
  /// - Parameters:
  ///   - level: 0 … 255.
  ///   - half: where a level halfway between two bytes goes. Rendered images take `.toNearestOrEven`, as NumPy rounds;
  ///     drawn and varied pictures `.toNearestOrAwayFromZero`.
  @inlinable
  package init<Level: BinaryFloatingPoint>(level: Level, half: FloatingPointRoundingRule) {
    // Written so that NaN fails the comparison.
    self = level > 0 ? UInt8(Swift.min(level, 255).rounded(half)) : 0
  }
}
