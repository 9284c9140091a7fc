package import Engine
package import Imaging

extension RGBImage {
  /// The image resized to a square with values −1 … 1 as in pytorch-fid: bilinear without antialiasing, before any
  /// rounding to bytes (`F.interpolate` without aligned corners).
  ///
  /// - Returns: `[1, side, side, 3]`.
  package func bilinear(side: Int) -> Tensor {
    let rows = Self.taps(height, side)
    let columns = Self.taps(width, side)
    return Tensor([1, side, side, 3]) { target in
      pixels.withUnsafeBufferPointer { source in
        for (y, row) in rows.enumerated() {
          for (x, column) in columns.enumerated() {
            for channel in 0..<3 {
              func value(_ line: Int, _ pixel: Int) -> Float {
                Float(source[3 * (line * width + pixel) + channel]) / 255
              }
              let top =
                (1 - column.share) * value(row.first, column.first) + column.share * value(row.first, column.next)
              let below =
                (1 - column.share) * value(row.next, column.first) + column.share * value(row.next, column.next)
              target[3 * (y * side + x) + channel] = 2 * ((1 - row.share) * top + row.share * below) - 1
            }
          }
        }
      }
    }
  }

  /// The two source pixels of each target pixel and the weight of the second.
  private static func taps(_ from: Int, _ to: Int) -> [(first: Int, next: Int, share: Float)] {
    (0..<to).map { index in
      let position = max(0, (Float(index) + 0.5) * (Float(from) / Float(to)) - 0.5)
      let first = min(Int(position), from - 1)
      return (first, min(first + 1, from - 1), position - Float(first))
    }
  }
}
