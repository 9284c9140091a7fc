/// The largest picture that is read: checked before memory is taken for it.
package struct ImageLimits: Sendable {
  /// Pixels of the longer side.
  package var side: Int
  /// Pixels in all.
  package var area: Int

  package init(side: Int, area: Int) {
    self.side = side
    self.area = area
  }

  /// 16,384 pixels a side and 64 megapixels.
  package static let standard = ImageLimits(side: 16_384, area: 64 << 20)
}
