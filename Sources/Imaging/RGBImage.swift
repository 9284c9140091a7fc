/// An image of 8-bit RGB pixels.
package struct RGBImage: Sendable, Equatable {
  /// Pixels.
  package let width: Int
  /// Pixels.
  package let height: Int
  /// `RGBRGB…`, row by row from the top: `3 * width * height` values.
  package var pixels: [UInt8]

  /// - Precondition: `pixels.count == 3 * width * height`.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == 3 * width * height,
      "\(pixels.count) values for an image of \(width)×\(height)"
    )
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// An image of one colour.
  package init(width: Int, height: Int, filledWith color: RGBColor) {
    precondition(width > 0 && height > 0, "an image of \(width)×\(height)")
    self.width = width
    self.height = height
    pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
      for index in 0..<width * height {
        buffer[3 * index] = color.red
        buffer[3 * index + 1] = color.green
        buffer[3 * index + 2] = color.blue
      }
      count = 3 * width * height
    }
  }

  /// Copies `image` with its top left corner at (x, y); pixels outside are clipped.
  package mutating func paste(_ image: RGBImage, x: Int, y: Int) {
    let columns = max(0, -x)..<max(max(0, -x), min(image.width, width - x))
    let rows = max(0, -y)..<max(max(0, -y), min(image.height, height - y))
    for row in rows {
      let source = 3 * (row * image.width + columns.lowerBound)
      let target = 3 * ((y + row) * width + x + columns.lowerBound)
      for offset in 0..<3 * columns.count { pixels[target + offset] = image.pixels[source + offset] }
    }
  }
}
