package import Checkpoints
package import Engine

/// EmoGen's emotion encoder, and other classifiers of its form: a bottleneck ResNet (torchvision's names under
/// `cnn.`), mean over space, `fc_1` to the embedding, ReLU, `fc_2.2` to the classes.
package struct ResNetClassifier: Sendable {
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

  package let configuration: ResNetConfiguration
  private let stem: NormalisedConv2D
  private let blocks: [Bottleneck]
  private let embedding: Linear
  private let head: Linear

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights, _ configuration: ResNetConfiguration) throws {
    self.configuration = configuration
    stem = try NormalisedConv2D(
      weights, "cnn.conv1", normalisedBy: "cnn.bn1", 3, configuration.width, .init(kernel: 7, stride: 2))
    var blocks: [Bottleneck] = []
    var inputs = configuration.width
    for (stage, count) in configuration.layers.enumerated() {
      let inner = configuration.width << stage
      for block in 0..<count {
        let name = "cnn.layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        func layer(_ index: Int, _ from: Int, _ to: Int, _ shape: ConvolutionShape) throws -> NormalisedConv2D {
          try NormalisedConv2D(weights, "\(name).conv\(index)", normalisedBy: "\(name).bn\(index)", from, to, shape)
        }
        blocks.append(
          Bottleneck(
            reduce: try layer(1, inputs, inner, .init(kernel: 1)),
            spatial: try layer(2, inner, inner, .init(kernel: 3, stride: stride)),
            expand: try layer(3, inner, 4 * inner, .init(kernel: 1)),
            shortcut: block == 0
              ? try NormalisedConv2D(
                weights, "\(name).downsample.0", normalisedBy: "\(name).downsample.1", inputs, 4 * inner,
                .init(kernel: 1, stride: stride, padding: 0)) : nil))
        inputs = 4 * inner
      }
    }
    self.blocks = blocks
    embedding = try Linear(weights, "fc_1", inputs, configuration.embedding)
    head = try Linear(weights, "fc_2.2", configuration.embedding, configuration.classes.count)
    try weights.finish(ignoring: ["num_batches_tracked"])
  }

  /// The raw output of `fc_1`, before its ReLU: `[N, size, size, 3]` normalised → `[N, embedding]`.
  package func embed(_ pixels: Tensor, on compute: Compute) -> Tensor {
    let first = compute.activation(stem(pixels, on: compute), .relu)
    let h = blocks.reduce(compute.maxPool(first, size: 3, stride: 2, padding: 1)) { $1($0, on: compute) }
    return embedding(compute.globalAveragePool(h), on: compute)
  }

  /// Embeddings → logits: `[N, embedding]` → `[N, classes]`.
  ///
  /// - Parameter mask: training's dropout, 0 or 1 / (1 − p) for each value behind the ReLU; none otherwise.
  package func classify(_ embeddings: Tensor, mask: Tensor? = nil, on compute: Compute) -> Tensor {
    let active = compute.activation(embeddings, .relu)
    return head(mask.map { compute.multiply(active, $0) } ?? active, on: compute)
  }
}
