/// How a camera held the picture: the value of the Exif tag `Orientation`, 1 … 8.
package enum Orientation: Int, CaseIterable, Sendable {
  case upright = 1
  case mirrored, upsideDown, flipped, transposed, turnedLeft, transversed, turnedRight

  /// Whether the stored image lies on its side.
  var swapsSides: Bool { rawValue >= Self.transposed.rawValue }

  /// Reads the tag from Exif data, which is a TIFF structure; upright if there is none or the data is damaged.
  init(exif bytes: ArraySlice<UInt8>) {
    self = Self.tag(in: Array(bytes)).flatMap(Orientation.init) ?? .upright
  }

  /// Source: "Exchangeable image file format for digital still cameras: Exif Version 2.32", 4.5 and 4.6.4.
  private static func tag(in tiff: [UInt8]) -> Int? {
    let isBig = tiff.starts(with: [0x4D, 0x4D])
    guard isBig || tiff.starts(with: [0x49, 0x49]) else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= tiff.count - count else { return nil }
      let bytes = tiff[offset..<offset + count]
      return (isBig ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
    for entry in 0..<entries {
      let offset = directory + 2 + 12 * entry
      guard let tag = number(offset, 2) else { return nil }
      if tag == 0x0112 { return number(offset + 2, 2) == 3 ? number(offset + 8, 2) : nil }
    }
    return nil
  }
}

extension RGBImage {
  /// The picture as its camera's holder saw it.
  package func turned(from orientation: Orientation) -> RGBImage {
    guard orientation != .upright else { return self }
    let (wide, high) = orientation.swapsSides ? (height, width) : (width, height)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<high {
          for x in 0..<wide {
            let (column, row) =
              switch orientation {
              case .upright: (x, y)
              case .mirrored: (wide - 1 - x, y)
              case .upsideDown: (wide - 1 - x, high - 1 - y)
              case .flipped: (x, high - 1 - y)
              case .transposed: (y, x)
              case .turnedLeft: (y, wide - 1 - x)
              case .transversed: (high - 1 - y, wide - 1 - x)
              case .turnedRight: (high - 1 - y, x)
              }
            for channel in 0..<3 { target[3 * (y * wide + x) + channel] = source[3 * (row * width + column) + channel] }
          }
        }
      }
      count = pixels.count
    }
    return RGBImage(width: wide, height: high, pixels: turned)
  }
}
