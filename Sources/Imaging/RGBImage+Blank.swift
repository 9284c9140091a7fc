extension RGBImage {
  /// Whether the picture is of one colour, or nearly: the standard deviation of its luma is below 2 of 255.
  package var isBlank: Bool {
    let luma = luma
    let (sum, squares) = luma.reduce((0, 0)) { ($0.0 + Int($1), $0.1 + Int($1) * Int($1)) }
    // Exact: n² times the variance.
    return luma.count * squares - sum * sum < 4 * luma.count * luma.count
  }

  /// BT.601 luma as PIL's mode `L` has it, `[height, width]`.
  var luma: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: width * height) { buffer, count in
      pixels.withUnsafeBufferPointer { pixels in
        for index in 0..<width * height {
          let red = 19_595 * Int(pixels[3 * index])
          let green = 38_470 * Int(pixels[3 * index + 1])
          let blue = 7471 * Int(pixels[3 * index + 2])
          buffer[index] = UInt8(truncatingIfNeeded: (red + green + blue + 0x8000) >> 16)
        }
      }
      count = width * height
    }
  }
}
