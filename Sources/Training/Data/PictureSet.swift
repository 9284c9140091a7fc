package import Engine
import Files
package import Imaging

/// A decoded and labelled image of a training set.
package struct Picture: Sendable {
  package let image: RGBImage
  /// The emotion's index in EmoSet's order.
  package let emotion: Int
  /// Normalised names of the image's scenes and objects, most specific first.
  package let attributes: [String]

  package init(image: RGBImage, emotion: Int, attributes: [String]) {
    self.image = image
    self.emotion = emotion
    self.attributes = attributes
  }
}

/// Images of one size, stored as bytes.
package struct PictureSet: Sendable {
  package let size: Int
  package let pictures: [Picture]

  /// Resizes images of other sizes.
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

  /// Images as network inputs: (value / 255 − mean) / deviation.
  ///
  /// - Parameters:
  ///   - flips: for each image, whether it is mirrored left to right; empty for none.
  ///   - shifts: for each image, the pixels by which it moves right and down, with edges repeated; empty for none.
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
  /// Converts images with values in about −1 … 1 to one image that shows them side by side.
  ///
  /// - Throws: `TrainingError` if a value is infinite or NaN.
  static func row(_ pixels: Tensor) throws -> RGBImage {
    guard pixels.isFinite else {
      throw TrainingError(
        "the sample images contain numbers that are not finite: the weights overflow. Resume from the last checkpoint "
          + "with a lower learning rate")
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
