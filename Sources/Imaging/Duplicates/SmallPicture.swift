/// A level of each channel, 0 to 255.
typealias PictureColour = SIMD3<Float>

extension PictureColour {
  /// The value of the channel that is furthest from 0.
  var largest: Float { Swift.max(max(), -min()) }
}

/// A square window of a small picture: its corner and its side, in pixels.
struct PictureWindow: Equatable {
  /// A place between two pixels of an axis.
  struct Place {
    /// The first pixel.
    let index: Int
    /// How much the next one counts.
    let fraction: Float
  }

  var x = 0.0
  var y = 0.0
  var side = Double(PictureSignature.side)

  /// `count` evenly spaced places on each axis of the window, in a picture whose sides have `pixels` pixels.
  func places(_ count: Int, of pixels: Int) -> (columns: [Place], rows: [Place]) {
    func places(from start: Double) -> [Place] {
      (0..<count).map { number in
        let place = start + (Double(number) + 0.5) * side / Double(count)
        let inside = min(max(place * Double(pixels) / Double(PictureSignature.side) - 0.5, 0), Double(pixels - 1))
        let index = min(Int(inside), pixels - 2)
        return Place(index: index, fraction: Float(inside) - Float(index))
      }
    }
    return (places(from: x), places(from: y))
  }
}

/// A picture in small, for comparisons: 4.9 KB.
struct SmallPicture: Sendable {
  /// Gray levels, `[64, 64]`.
  let gray: [UInt8]
  /// `[16, 16, 3]`.
  let colour: [UInt8]
  /// Of all pixels, in which equal pictures agree.
  let checksum: UInt64
  /// How many times the shorter side fits in 128 pixels, at least 1.
  let coarseness: Float

  init(of image: RGBImage) {
    let side = PictureSignature.side
    let square = image.resized(width: side, height: side)
    gray = (0..<side * side).map { pixel in
      let channels = square.pixels[3 * pixel..<3 * pixel + 3]
      return UInt8((channels.reduce(0) { $0 + Int($1) } + 1) / 3)
    }
    colour = square.resized(width: PictureSignature.colourSide, height: PictureSignature.colourSide).pixels
    coarseness = max(1, 128 / Float(min(image.width, image.height)))
    // FNV-1a.
    checksum = image.pixels.reduce(0xCBF2_9CE4_8422_2325 ^ UInt64(image.width)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private init(gray: [UInt8], colour: [UInt8], coarseness: Float) {
    self.gray = gray
    self.colour = colour
    self.coarseness = coarseness
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
      gray: flipped(gray, PictureSignature.side, 1), colour: flipped(colour, PictureSignature.colourSide, 3),
      coarseness: coarseness)
  }

  /// The colours of a window, `[16, 16]`, by linear interpolation.
  func colours(in window: PictureWindow) -> [PictureColour] {
    let side = PictureSignature.colourSide
    let (columns, rows) = window.places(side, of: side)
    return colour.withUnsafeBufferPointer { levels in
      rows.flatMap { row in
        columns.map { column in
          func pixel(_ down: Int, _ right: Int) -> PictureColour {
            let first = ((row.index + down) * side + column.index + right) * 3
            return PictureColour(Float(levels[first]), Float(levels[first + 1]), Float(levels[first + 2]))
          }
          let top = pixel(0, 0) + (pixel(0, 1) - pixel(0, 0)) * column.fraction
          let bottom = pixel(1, 0) + (pixel(1, 1) - pixel(1, 0)) * column.fraction
          return top + (bottom - top) * row.fraction
        }
      }
    }
  }

  func meanColour(of window: PictureWindow) -> PictureColour {
    let colours = colours(in: window)
    return colours.reduce(.zero, +) / Float(colours.count)
  }
}
