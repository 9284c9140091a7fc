package import Engine
import Files
import Imaging

/// Pictures of one size, kept as bytes.
package struct PictureSet: Sendable {
  package let size: Int
  package let pictures: [Picture]

  /// Resizes what is of another size.
  package init(_ pictures: [Picture], size: Int) {
    self.size = size
    self.pictures = pictures.map { picture in
      picture.image.width == size && picture.image.height == size
        ? picture
        : Picture(
          image: picture.image.resized(width: size, height: size), emotion: picture.emotion,
          attributes: picture.attributes)
    }
  }

  package var count: Int { pictures.count }

  /// Pictures as networks take them: (value / 255 − mean) / deviation.
  ///
  /// - Parameters:
  ///   - flips: which are mirrored left to right; none where empty.
  ///   - shifts: pixels by which each is moved right and down, edges repeated; none where empty.
  /// - Returns: `[indices, size, size, 3]`.
  package func tensor(
    _ indices: [Int], flips: [Bool] = [], shifts: [(x: Int, y: Int)] = [], mean: [Float] = [0.5, 0.5, 0.5],
    deviation: [Float] = [0.5, 0.5, 0.5]
  ) -> Tensor {
    let scale = deviation.map { 1 / (255 * $0) }
    let offset = zip(mean, deviation).map { $0 / $1 }
    return Tensor([indices.count, size, size, 3]) { target in
      for (sample, index) in indices.enumerated() {
        let flip = sample < flips.count && flips[sample]
        let shift = sample < shifts.count ? shifts[sample] : (x: 0, y: 0)
        pictures[index].image.pixels.withUnsafeBufferPointer { source in
          for y in 0..<size {
            let row = min(max(y - shift.y, 0), size - 1)
            for x in 0..<size {
              let moved = min(max(x - shift.x, 0), size - 1)
              let from = (row * size + (flip ? size - 1 - moved : moved)) * 3
              for channel in 0..<3 {
                target[((sample * size + y) * size + x) * 3 + channel] =
                  Float(source[from + channel]) * scale[channel] - offset[channel]
              }
            }
          }
        }
      }
    }
  }
}

extension RGBImage {
  /// Pictures from values of about −1 … 1, beside each other.
  ///
  /// - Throws: `TrainingError` if a value is infinite or NaN.
  static func row(_ pixels: Tensor) throws -> RGBImage {
    guard pixels.isFinite else {
      throw TrainingError(
        "the sample pictures hold numbers that are not finite: the weights overflow. Go on from the last state with a "
          + "lower learning rate")
    }
    let (count, height, width) = (pixels.shape[0], pixels.shape[1], pixels.shape[2])
    var row = RGBImage(width: count * width, height: height, filledWith: RGBColor(0, 0, 0))
    let bytes = pixels.values.map { UInt8(level: ($0 / 2 + 0.5) * 255, half: .toNearestOrAwayFromZero) }
    let size = width * height * 3
    for index in 0..<count {
      row.paste(
        RGBImage(width: width, height: height, pixels: Array(bytes[index * size..<(index + 1) * size])),
        x: index * width, y: 0)
    }
    return row
  }
}
