package import Checkpoints
package import Engine

/// AlexNet's five convolutions as torchvision numbers them (`features.0`, `.3`, `.6`, `.8`, `.10`); LPIPS compares
/// their feature maps.
package struct AlexNetFeatures: Sendable {
  /// Channels of each feature map; AlexNet has 64, 192, 384, 256, 256.
  package let channels: [Int]
  private let layers: [Conv2D]

  /// Index in torchvision's `features` and geometry of each convolution.
  private static let convolutions: [(index: Int, shape: ConvolutionShape)] = [
    (0, .init(kernel: 11, stride: 4, padding: 2)), (3, .init(kernel: 5)), (6, .init(kernel: 3)),
    (8, .init(kernel: 3)), (10, .init(kernel: 3)),
  ]

  /// Reads the convolutions from `weights`; the caller checks that no tensor is left over.
  ///
  /// Names are torchvision's (`features.N`) or those of the lpips package (`net.sliceK.N`).
  package init(_ weights: Weights) throws {
    let isPlain = weights.contains("features.0.weight")
    var inputs = 3
    layers = try Self.convolutions.enumerated().map { level, layer in
      let name = isPlain ? "features.\(layer.index)" : "net.slice\(level + 1).\(layer.index)"
      let outputs = weights.shape(of: "\(name).weight")?.first ?? 0
      defer { inputs = outputs }
      return try Conv2D(weights, name, inputs, outputs, layer.shape)
    }
    channels = layers.map(\.matrix.outputs)
  }

  /// `[N, H, W, 3]` → the five feature maps after the ReLUs, `[N, h, w, channels]` each.
  ///
  /// Both sides need at least 35 pixels: the poolings reduce smaller images to nothing.
  package func callAsFunction(_ pixels: Tensor, on compute: Compute) -> [Tensor] {
    var maps: [Tensor] = []
    for (level, layer) in layers.enumerated() {
      var x = maps.last ?? pixels
      if level == 1 || level == 2 { x = compute.maxPool(x, size: 3, stride: 2, padding: 0) }
      maps.append(compute.activation(layer(x, on: compute), .relu))
    }
    return maps
  }
}
