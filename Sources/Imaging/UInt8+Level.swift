extension UInt8 {
  /// A computed level of a colour channel as a byte: clamped to 0 … 255, then rounded to the nearest.
  ///
  /// All conversions from numbers to pixels use this initialiser. NaN becomes 0; the renderer refuses values that are
  /// not finite before it converts them.
  ///
  /// - Parameters:
  ///   - level: 0 … 255.
  ///   - half: How a level halfway between two bytes is rounded. Rendered images use `.toNearestOrEven`, as NumPy does;
  ///     drawn and augmented images use `.toNearestOrAwayFromZero`.
  @inlinable
  package init<Level: BinaryFloatingPoint>(level: Level, half: FloatingPointRoundingRule) {
    // NaN fails this comparison and becomes 0.
    self = level > 0 ? UInt8(Swift.min(level, 255).rounded(half)) : 0
  }
}
