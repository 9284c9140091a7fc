extension BitmapFont {
  /// The width of `text` in pixels at `scale`.
  static func width(of text: String, scale: Int) -> Int {
    text.isEmpty ? 0 : (text.count * advance - (advance - glyphWidth)) * scale
  }

  /// The ink of each pixel of a character at `scale` (1, 2 or 4), 0…16, `5 * scale` values a row.
  ///
  /// Enlarging rounds the corners (Scale2x, Mazzoleni's rule, applied twice and averaged down to the scale).
  static func coverage(_ character: Character, scale: Int) -> [[Int]] {
    let small = glyph(character)
    guard scale > 1 else { return small.map { $0.map { $0 ? 16 : 0 } } }
    let large = doubled(doubled(small))
    let block = 4 / scale
    return (0..<glyphHeight * scale).map { y in
      (0..<glyphWidth * scale).map { x in
        var ink = 0
        for row in 0..<block {
          for column in 0..<block where large[y * block + row][x * block + column] { ink += 1 }
        }
        return ink * 16 / (block * block)
      }
    }
  }

  private static func doubled(_ mask: [[Bool]]) -> [[Bool]] {
    func at(_ x: Int, _ y: Int) -> Bool { mask.indices.contains(y) && mask[y].indices.contains(x) && mask[y][x] }
    var result = [[Bool]](repeating: [Bool](repeating: false, count: 2 * mask[0].count), count: 2 * mask.count)
    for y in mask.indices {
      for x in mask[y].indices {
        let (up, down, left, right) = (at(x, y - 1), at(x, y + 1), at(x - 1, y), at(x + 1, y))
        let bends = up != down && left != right
        result[2 * y][2 * x] = bends && up == left ? up : mask[y][x]
        result[2 * y][2 * x + 1] = bends && up == right ? up : mask[y][x]
        result[2 * y + 1][2 * x] = bends && down == left ? down : mask[y][x]
        result[2 * y + 1][2 * x + 1] = bends && down == right ? down : mask[y][x]
      }
    }
    return result
  }
}

extension RGBImage {
  /// Draws `text` with the top left corner of its first character at (x, y); pixels outside the image are clipped.
  mutating func draw(_ text: String, x: Int, y: Int, scale: Int, color: RGBColor) {
    for (position, character) in text.enumerated() {
      let left = x + position * BitmapFont.advance * scale
      for (row, line) in BitmapFont.coverage(character, scale: scale).enumerated() {
        for (column, ink) in line.enumerated() where ink > 0 {
          blend(color, ink: ink, x: left + column, y: y + row)
        }
      }
    }
  }

  /// - Parameter ink: 0…16.
  private mutating func blend(_ color: RGBColor, ink: Int, x: Int, y: Int) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    for (channel, value) in [color.red, color.green, color.blue].enumerated() {
      let index = 3 * (y * width + x) + channel
      pixels[index] = UInt8((Int(pixels[index]) * (16 - ink) + Int(value) * ink + 8) / 16)
    }
  }
}
