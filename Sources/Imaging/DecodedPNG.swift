/// What a PNG file holds.
package struct DecodedPNG: Sendable, Equatable {
  package let image: RGBImage
  /// In file order.
  package let texts: [PNGText]
}
