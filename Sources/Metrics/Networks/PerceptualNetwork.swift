package import Checkpoints
package import Engine
import Files
package import Imaging
import Models

/// LPIPS: compares images by AlexNet's feature maps with learned weights. Source: Zhang et al. 2018, version 0.1.
package struct PerceptualNetwork: Sendable {
  private let trunk: AlexNetFeatures
  /// A weight for each channel of each map.
  private let heads: [[Float]]

  private static let shift: [Float] = [-0.030, -0.088, -0.188]
  private static let scale: [Float] = [0.458, 0.448, 0.450]
  /// AlexNet's poolings reduce smaller images to nothing.
  private static let smallestSide = 35

  /// - Parameter weights: AlexNet's `features.N` (torchvision) or `net.sliceK.N` (the lpips package), and
  ///   `linK.model.1.weight [1, C, 1, 1]`.
  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights) throws {
    let trunk = try AlexNetFeatures(weights)
    heads = try trunk.channels.enumerated().map { level, channels in
      let name = "lin\(level).model.1.weight"
      let head = try weights.tensor(name, [1, channels, 1, 1]).values
      guard head.allSatisfy({ $0 >= 0 }) else {
        throw CheckpointError(
          .malformed, file: weights.path, "tensor '\(name)' has weights below 0, which LPIPS does not allow")
      }
      return head
    }
    self.trunk = trunk
    try weights.finish(ignoring: ["classifier.", "scaling_layer.", "lins."])
  }

  /// Returns a vector for each image; the squared distance between the vectors of two images is their LPIPS.
  ///
  /// - Throws: `MetricsError` if an image is too small.
  package func vectors(_ images: [RGBImage], on compute: Compute) throws -> [[Float]] {
    try images.map { image in
      guard min(image.width, image.height) >= Self.smallestSide else {
        throw MetricsError(
          "LPIPS needs images of at least \(Self.smallestSide) pixels per side; one has \(image.width)×\(image.height)"
        )
      }
      let pixels = Tensor([1, image.height, image.width, 3]) { target in
        for (index, value) in image.pixels.enumerated() {
          let signed = 2 * Float(value) / 255 - 1
          target[index] = (signed - Self.shift[index % 3]) / Self.scale[index % 3]
        }
      }
      return Self.vectors(trunk(pixels, on: compute), heads)[0]
    }
  }

  /// Flattens feature maps to vectors: normalises the channels of each pixel, applies the weights, and divides by the
  /// root of the number of pixels.
  static func vectors(_ maps: [Tensor], _ heads: [[Float]]?) -> [[Float]] {
    (0..<(maps.first?.shape[0] ?? 0)).map { sample in
      var vector: [Float] = []
      for (level, map) in maps.enumerated() {
        let channels = map.channels
        let pixels = map.rows / map.shape[0]
        let roots = (0..<channels).map { ((heads?[level][$0] ?? 1) / Float(pixels)).squareRoot() }
        withExtendedLifetime(map) {
          for pixel in 0..<pixels {
            let source = map.pointer + (sample * pixels + pixel) * channels
            var squares: Float = 0
            for channel in 0..<channels { squares += source[channel] * source[channel] }
            let inverse = 1 / (squares.squareRoot() + 1e-10)
            for channel in 0..<channels { vector.append(roots[channel] * inverse * source[channel]) }
          }
        }
      }
      return vector
    }
  }
}
