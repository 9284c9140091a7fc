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

  /// A vector whose squared distance to another image's of the same size is their LPIPS.
  ///
  /// - Throws: `MetricsError` if the image is too small.
  package func vector(_ image: RGBImage, on compute: Compute) throws -> [Float] {
    guard min(image.width, image.height) >= Self.smallestSide else {
      throw MetricsError(
        "LPIPS needs images of at least \(Self.smallestSide) pixels per side; one has \(image.width)×\(image.height)"
      )
    }
    let values = image.pixels.enumerated().map { index, value -> Float in
      let signed = 2 * Float(value) / 255 - 1
      return (signed - Self.shift[index % 3]) / Self.scale[index % 3]
    }
    return try Self.vectors(trunk(Tensor([1, image.height, image.width, 3], values), on: compute), heads, on: compute)[
      0]
  }

  /// Values of an image's vector.
  static func width(_ maps: [Tensor]) -> Int { maps.reduce(0) { $0 + $1.count / $1.shape[0] } }

  /// Maps as vectors: every pixel's channels normalised, weighted, and shared out over the pixels.
  static func vectors(_ maps: [Tensor], _ heads: [[Float]]?, on compute: Compute) throws -> [[Float]] {
    let width = width(maps)
    return try compute.sideBySide(maps.first?.shape[0] ?? 0) { sample in
      [Float](unsafeUninitializedCapacity: width) { vector, count in
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
              for channel in 0..<channels { vector[count + channel] = roots[channel] * inverse * source[channel] }
              count += channels
            }
          }
        }
      }
    }
  }
}
