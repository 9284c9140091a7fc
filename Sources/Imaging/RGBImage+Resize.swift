extension RGBImage {
  /// The image at another size, antialiased, with the same values as `PIL.Image.resize`: widths first, then heights,
  /// rounded to 8 bits in between, weights in fixed point with 22 fractional bits. (From version 13, PIL starts with
  /// the heights if they shrink much more than the widths; models were trained with the older order.)
  package func resized(width: Int, height: Int, filter: ResizeFilter = .bicubic) -> RGBImage {
    precondition(width > 0 && height > 0, "an image of \(width)×\(height)")
    var image = self
    if width != image.width {
      let taps = ResizeTaps(from: image.width, to: width, filter)
      image = image.resampled(width: width, height: image.height, taps, alongRows: true)
    }
    if height != image.height {
      let taps = ResizeTaps(from: image.height, to: height, filter)
      image = image.resampled(width: width, height: height, taps, alongRows: false)
    }
    return image
  }

  private func resampled(width: Int, height: Int, _ taps: ResizeTaps, alongRows: Bool) -> RGBImage {
    let result = taps.resampled(
      pixels, from: self.width, width: width, height: height, channels: 3, alongRows: alongRows)
    return RGBImage(width: width, height: height, pixels: result)
  }
}

/// The source pixels and weights of each target pixel along an axis.
struct ResizeTaps {
  private struct Window {
    /// The first source pixel.
    let first: Int
    /// The range of its weights.
    let weights: Range<Int>
  }

  /// Fractional bits of a weight: 32 minus 8 for the value and 2 against overflow, as in PIL.
  private static let precision = 22

  private var windows: [Window] = []
  private var weights: [Int] = []

  init(from source: Int, to target: Int, _ filter: ResizeFilter) {
    let scale = Double(source) / Double(target)
    let width = max(scale, 1)
    let support = filter.support * width
    for position in 0..<target {
      let center = (Double(position) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = min(source, Int(center + support + 0.5))
      let raw = (first..<end).map { filter.weight((Double($0) - center + 0.5) * (1 / width)) }
      let sum = raw.reduce(0, +)
      let start = weights.count
      for value in raw {
        let scaled = (sum == 0 ? value : value / sum) * Double(1 << Self.precision)
        weights.append(Int(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
      }
      windows.append(Window(first: first, weights: start..<weights.count))
    }
  }
  /// One pass along rows or along columns of 8-bit pixels with interleaved channels.
  ///
  /// - Parameters:
  ///   - sourceWidth: The width of the given pixels.
  ///   - width: Pixels of the result, of which the axis across the pass is that of the given ones.
  func resampled(
    _ pixels: [UInt8], from sourceWidth: Int, width: Int, height: Int, channels: Int, alongRows: Bool
  ) -> [UInt8] {
    let stride = channels * sourceWidth
    let step = alongRows ? channels : stride
    return [UInt8](unsafeUninitializedCapacity: channels * width * height) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<height {
          for x in 0..<width {
            let window = windows[alongRows ? x : y]
            let start =
              alongRows ? y * stride + channels * window.first : window.first * stride + channels * x
            for channel in 0..<channels {
              var sum = 1 << (Self.precision - 1)
              var index = start + channel
              for weight in weights[window.weights] {
                sum += Int(source[index]) * weight
                index += step
              }
              target[channels * (y * width + x) + channel] = UInt8(clamping: sum >> Self.precision)
            }
          }
        }
      }
      count = channels * width * height
    }
  }
}
