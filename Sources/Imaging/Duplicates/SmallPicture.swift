/// A picture in small, for comparisons: 4.9 KB.
struct SmallPicture: Sendable {
  /// Gray levels, `[64, 64]`.
  let gray: [UInt8]
  /// `[16, 16, 3]`.
  let colour: [UInt8]
  /// Of all pixels, in which equal pictures agree.
  let checksum: UInt64

  init(of image: RGBImage) {
    let side = PictureSignature.side
    let square = image.resized(width: side, height: side)
    gray = (0..<side * side).map { pixel in
      let channels = square.pixels[3 * pixel..<3 * pixel + 3]
      return UInt8((channels.reduce(0) { $0 + Int($1) } + 1) / 3)
    }
    colour = square.resized(width: PictureSignature.colourSide, height: PictureSignature.colourSide).pixels
    // FNV-1a.
    checksum = image.pixels.reduce(0xCBF2_9CE4_8422_2325 ^ UInt64(image.width)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private init(gray: [UInt8], colour: [UInt8]) {
    self.gray = gray
    self.colour = colour
    checksum = 0
  }

  /// The mirror image, without a checksum.
  var mirrored: SmallPicture {
    func flipped(_ values: [UInt8], _ side: Int, _ channels: Int) -> [UInt8] {
      values.indices.map { index in
        let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
        let (y, x) = pixel.quotientAndRemainder(dividingBy: side)
        return values[(y * side + side - 1 - x) * channels + channel]
      }
    }
    return SmallPicture(
      gray: flipped(gray, PictureSignature.side, 1), colour: flipped(colour, PictureSignature.colourSide, 3))
  }
}
