/// The contents of a PNG file.
package struct DecodedPNG: Sendable, Equatable {
  package let image: RGBImage
  /// The texts in file order.
  package let texts: [PNGText]
}
