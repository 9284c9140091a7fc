import Checkpoints
import Engine

/// A bottleneck ResNet up to its last feature map, with torchvision's names and stride on the 3×3 convolutions.
struct ResNetTrunk: Sendable {
  private struct Bottleneck: Sendable {
    let reduce: NormalisedConv2D
    let spatial: NormalisedConv2D
    let expand: NormalisedConv2D
    let shortcut: NormalisedConv2D?

    func callAsFunction(_ x: Tensor, on compute: Compute) -> Tensor {
      let narrow = compute.activation(reduce(x, on: compute), .relu)
      let h = compute.activation(spatial(narrow, on: compute), .relu)
      return compute.activation(expand(h, residual: shortcut?(x, on: compute) ?? x, on: compute), .relu)
    }
  }

  /// Channels of the last feature map.
  let outputs: Int
  private let stem: NormalisedConv2D
  private let stages: [[Bottleneck]]

  /// - Parameters:
  ///   - prefix: prefix of every tensor name, such as `cnn.`.
  ///   - width: channels of the stem; ResNet-50 has 64.
  ///   - layers: blocks of each stage; ResNet-50 has 3, 4, 6, 3.
  init(_ weights: Weights, prefix: String, width: Int, layers: [Int]) throws {
    stem = try NormalisedConv2D(
      weights, "\(prefix)conv1", normalisedBy: "\(prefix)bn1", 3, width, .init(kernel: 7, stride: 2))
    var inputs = width
    stages = try layers.enumerated().map { stage, count in
      let inner = width << stage
      return try (0..<count).map { block in
        let name = "\(prefix)layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        func layer(_ index: Int, _ from: Int, _ to: Int, _ shape: ConvolutionShape) throws -> NormalisedConv2D {
          try NormalisedConv2D(weights, "\(name).conv\(index)", normalisedBy: "\(name).bn\(index)", from, to, shape)
        }
        defer { inputs = 4 * inner }
        return Bottleneck(
          reduce: try layer(1, inputs, inner, .init(kernel: 1)),
          spatial: try layer(2, inner, inner, .init(kernel: 3, stride: stride)),
          expand: try layer(3, inner, 4 * inner, .init(kernel: 1)),
          shortcut: block == 0
            ? try NormalisedConv2D(
              weights, "\(name).downsample.0", normalisedBy: "\(name).downsample.1", inputs, 4 * inner,
              .init(kernel: 1, stride: stride, padding: 0)) : nil)
      }
    }
    outputs = inputs
  }

  /// `[N, H, W, 3]` → `[N, H / 32, W / 32, outputs]`.
  func callAsFunction(_ pixels: Tensor, on compute: Compute) -> Tensor {
    var last = start(pixels, on: compute)
    for stage in stages { last = run(stage, last, on: compute) }
    return last
  }

  /// The feature maps after the stem and after each stage.
  func maps(_ pixels: Tensor, on compute: Compute) -> [Tensor] {
    var maps = [start(pixels, on: compute)]
    for stage in stages { maps.append(run(stage, maps[maps.count - 1], on: compute)) }
    return maps
  }

  private func start(_ pixels: Tensor, on compute: Compute) -> Tensor {
    compute.maxPool(compute.activation(stem(pixels, on: compute), .relu), size: 3, stride: 2, padding: 1)
  }

  private func run(_ stage: [Bottleneck], _ x: Tensor, on compute: Compute) -> Tensor {
    stage.reduce(x) { $1($0, on: compute) }
  }
}
