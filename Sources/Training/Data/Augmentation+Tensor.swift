package import Engine
import Imaging
package import Vocabulary

extension Augmentation {
  /// Augmented images as network inputs: `[indices, size, size, 3]`.
  package func tensor(
    _ set: PictureSet, _ indices: [Int], _ random: inout StepRandom, mean: [Float], deviation: [Float]
  ) -> Tensor {
    let reach = Int(shift * Double(set.size))
    let flips = indices.map { _ in random.fraction() < flip }
    let shifts = indices.map { _ in (x: random.index(2 * reach + 1) - reach, y: random.index(2 * reach + 1) - reach) }
    guard crop < 1 || jitter > 0 || blur > 0 else {
      return set.tensor(indices, flips: flips, shifts: shifts, mean: mean, deviation: deviation)
    }
    var varied: [Picture] = []
    for index in indices {
      let picture = set.pictures[index]
      var image = picture.image
      if crop < 1 { image = cropped(image, &random) }
      if blur > 0 { image = blurred(image, &random) }
      if jitter > 0 { image = coloured(image, &random) }
      varied.append(Picture(image: image, emotion: picture.emotion, attributes: picture.attributes))
    }
    return PictureSet(varied, size: set.size).tensor(
      Array(varied.indices), flips: flips, shifts: shifts, mean: mean, deviation: deviation)
  }

  /// A random crop with the image's aspect ratio, scaled to the image's size.
  private func cropped(_ image: RGBImage, _ random: inout StepRandom) -> RGBImage {
    let share = (crop + (1 - crop) * random.fraction()).squareRoot()
    let width = max(1, Int((share * Double(image.width)).rounded()))
    let height = max(1, Int((share * Double(image.height)).rounded()))
    let left = random.index(image.width - width + 1)
    let top = random.index(image.height - height + 1)
    var part = RGBImage(width: width, height: height, filledWith: RGBColor(0, 0, 0))
    part.paste(image, x: -left, y: -top)
    return part.resized(width: image.width, height: image.height, filter: .bilinear)
  }

  /// Scales the image down and up again; half of the images keep their detail.
  private func blurred(_ image: RGBImage, _ random: inout StepRandom) -> RGBImage {
    let share = 1 - blur * max(0, 2 * random.fraction() - 1)
    let width = max(1, Int((share * Double(image.width)).rounded()))
    let height = max(1, Int((share * Double(image.height)).rounded()))
    return image.resized(width: width, height: height, filter: .bilinear)
      .resized(width: image.width, height: image.height, filter: .bilinear)
  }

  /// Changes brightness and colour balance, then contrast around the mean grey, then saturation around each pixel's
  /// grey (ITU-R 601).
  private func coloured(_ image: RGBImage, _ random: inout StepRandom) -> RGBImage {
    func factor(_ reach: Double) -> Float { Float(1 + reach * (2 * random.fraction() - 1)) }
    let (brightness, contrast, saturation) = (factor(jitter), factor(jitter), factor(jitter))
    let balance = [factor(jitter / 2), factor(jitter / 2), factor(jitter / 2)].map { $0 * brightness }
    func grey(_ red: Float, _ green: Float, _ blue: Float) -> Float { 0.299 * red + 0.587 * green + 0.114 * blue }
    var values = image.pixels.enumerated().map { Float($0.element) * balance[$0.offset % 3] }
    var sum = 0.0
    for index in stride(from: 0, to: values.count, by: 3) {
      sum += Double(grey(values[index], values[index + 1], values[index + 2]))
    }
    let middle = Float(sum / Double(values.count / 3))
    for index in values.indices { values[index] = middle + contrast * (values[index] - middle) }
    for index in stride(from: 0, to: values.count, by: 3) {
      let own = grey(values[index], values[index + 1], values[index + 2])
      for channel in index..<index + 3 { values[channel] = own + saturation * (values[channel] - own) }
    }
    return RGBImage(
      width: image.width, height: image.height,
      pixels: values.map { UInt8(level: $0, half: .toNearestOrAwayFromZero) })
  }
}
