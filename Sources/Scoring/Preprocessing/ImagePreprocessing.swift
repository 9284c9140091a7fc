package import Engine
package import Imaging

/// The preprocessing of a network's input images: a size, an optional crop, and normalisation.
package struct ImagePreprocessing: Hashable, Sendable {
  package enum Resize: Hashable, Sendable {
    /// Resizes to a square of this side, regardless of the aspect ratio.
    case exact(Int)
    /// Resizes the shorter side to this length and keeps the aspect ratio.
    case shortest(Int)
  }

  package var resize: Resize
  package var filter: ResizeFilter
  /// The side of the square that is cropped from the centre; nil if `resize` gives a square.
  package var crop: Int?
  /// Values in 0 … 1 become (value − mean) / deviation; for red, green and blue.
  package var mean: [Float]
  package var deviation: [Float]

  /// torchvision's preprocessing for networks trained on ImageNet and Places365.
  package static let imageNet = ImagePreprocessing(
    resize: .shortest(256), filter: .bilinear, crop: 224, mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225])

  package init(resize: Resize, filter: ResizeFilter, crop: Int?, mean: [Float], deviation: [Float]) {
    self.resize = resize
    self.filter = filter
    self.crop = crop
    self.mean = mean
    self.deviation = deviation
  }

  /// Resizes to a square and uses the same mean and deviation for all channels, as in the training of classifiers of
  /// the encoder's form.
  package init(square size: Int, mean: Float, deviation: Float) {
    self.init(
      resize: .exact(size), filter: .bicubic, crop: nil, mean: [mean, mean, mean],
      deviation: [deviation, deviation, deviation])
  }

  /// The side of the images that `tensor` returns.
  package var side: Int {
    switch resize {
    case .exact(let side): crop ?? side
    case .shortest(let side): crop ?? side
    }
  }

  /// The preprocessed images, `[N, side, side, 3]`.
  package func tensor(_ images: [RGBImage]) -> Tensor {
    let side = side
    // Each of the 256 values of a channel is computed once.
    let tables = (0..<3).map { channel in (0..<256).map { (Float($0) / 255 - mean[channel]) / deviation[channel] } }
    return Tensor([images.count, side, side, 3]) { target in
      for (index, image) in images.enumerated() {
        let own = UnsafeMutableBufferPointer(
          rebasing: target[index * 3 * side * side..<(index + 1) * 3 * side * side])
        fitted(image).pixels.withUnsafeBufferPointer { pixels in
          for channel in 0..<3 {
            tables[channel].withUnsafeBufferPointer { table in
              for position in stride(from: channel, to: pixels.count, by: 3) {
                own[position] = table[Int(pixels[position])]
              }
            }
          }
        }
      }
    }
  }

  private func fitted(_ image: RGBImage) -> RGBImage {
    let resized: RGBImage
    switch resize {
    case .exact(let length): resized = image.resized(width: length, height: length, filter: filter)
    case .shortest(let length):
      // torchvision rounds the longer side down.
      let (width, height) =
        image.width <= image.height
        ? (length, max(length, length * image.height / image.width))
        : (max(length, length * image.width / image.height), length)
      resized = image.resized(width: width, height: height, filter: filter)
    }
    guard resized.width != side || resized.height != side else { return resized }
    // torchvision rounds the corner's position half to even.
    let left = Int((Double(resized.width - side) / 2).rounded(.toNearestOrEven))
    let top = Int((Double(resized.height - side) / 2).rounded(.toNearestOrEven))
    var cut = RGBImage(width: side, height: side, filledWith: RGBColor(0, 0, 0))
    cut.paste(resized, x: -left, y: -top)
    return cut
  }
}
