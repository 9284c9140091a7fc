package import Checkpoints
package import Engine

/// EmoGen's emotion encoder, and other classifiers of its form: a bottleneck ResNet (torchvision's names under
/// `cnn.`), mean over space, `fc_1` to the embedding, ReLU, `fc_2.2` to the classes.
package struct ResNetClassifier: Sendable {
  package let configuration: ResNetConfiguration
  private let trunk: ResNetTrunk
  private let embedding: Linear
  private let head: Linear

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights, _ configuration: ResNetConfiguration) throws {
    self.configuration = configuration
    trunk = try ResNetTrunk(weights, prefix: "cnn.", width: configuration.width, layers: configuration.layers)
    embedding = try Linear(weights, "fc_1", trunk.outputs, configuration.embedding)
    head = try Linear(weights, "fc_2.2", configuration.embedding, configuration.classes.count)
    try weights.finish(ignoring: ["num_batches_tracked"])
  }

  /// The raw output of `fc_1`, before its ReLU: `[N, size, size, 3]` normalised → `[N, embedding]`.
  package func embed(_ pixels: Tensor, on compute: Compute) -> Tensor {
    embedding(compute.globalAveragePool(trunk(pixels, on: compute)), on: compute)
  }

  /// The feature maps after the stem and after each stage, the finest first: `[N, size / 4, size / 4, width]`, ….
  package func maps(_ pixels: Tensor, on compute: Compute) -> [Tensor] { trunk.maps(pixels, on: compute) }

  /// The raw output of `fc_1` from the last of the feature maps.
  package func embed(maps: [Tensor], on compute: Compute) -> Tensor {
    embedding(compute.globalAveragePool(maps[maps.count - 1]), on: compute)
  }

  /// Embeddings → logits: `[N, embedding]` → `[N, classes]`.
  ///
  /// - Parameter mask: the dropout mask in training, 0 or 1 / (1 − p) for each value after the ReLU; otherwise nil.
  package func classify(_ embeddings: Tensor, mask: Tensor? = nil, on compute: Compute) -> Tensor {
    let active = compute.activation(embeddings, .relu)
    return head(mask.map { compute.multiply(active, $0) } ?? active, on: compute)
  }
}
