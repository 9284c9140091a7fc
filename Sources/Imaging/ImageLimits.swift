/// The largest image that is read, checked before memory is allocated.
package struct ImageLimits: Sendable {
  /// Pixels of the longer side.
  package var side: Int
  /// Pixels of the whole image.
  package var area: Int

  package init(side: Int, area: Int) {
    self.side = side
    self.area = area
  }

  /// 16,384 pixels a side and 64 megapixels.
  package static let standard = ImageLimits(side: 16_384, area: 64 << 20)
}
