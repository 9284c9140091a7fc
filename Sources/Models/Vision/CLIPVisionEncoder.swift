package import Checkpoints
package import Engine

/// CLIP's image transformer: transformers' `CLIPVisionModel` up to its pooled output.
package struct CLIPVisionEncoder: Sendable {
  package let configuration: CLIPVisionConfiguration
  private let patches: PackedMatrix
  private let patchShape: ConvolutionShape
  /// `[1, width]`.
  private let classEmbedding: Tensor
  /// `[1 + patches, width]`.
  private let positions: Tensor
  private let before: LayerNorm
  private let layers: [CLIPLayer]
  private let after: LayerNorm

  /// Reads the tower from `weights`; the caller checks that no tensor is left over.
  package init(_ weights: Weights, _ configuration: CLIPVisionConfiguration) throws {
    self.configuration = configuration
    let (width, patch) = (configuration.tower.width, configuration.patch)
    let count = (configuration.imageSize / patch) * (configuration.imageSize / patch)
    patches = try weights.matrix("vision_model.embeddings.patch_embedding", [width, 3, patch, patch], bias: false)
    patchShape = ConvolutionShape(kernel: patch, stride: patch, padding: 0)
    classEmbedding = try weights.tensor("vision_model.embeddings.class_embedding", [width]).reshaped([1, width])
    positions = try weights.tensor("vision_model.embeddings.position_embedding.weight", [1 + count, width])
    // `pre_layrnorm` is spelled as in transformers.
    before = try LayerNorm(weights, "vision_model.pre_layrnorm", width, epsilon: configuration.tower.epsilon)
    layers = try (0..<configuration.tower.layers).map {
      try CLIPLayer(weights, "vision_model.encoder.layers.\($0)", configuration.tower)
    }
    after = try LayerNorm(weights, "vision_model.post_layernorm", width, epsilon: configuration.tower.epsilon)
  }

  /// - Parameter pixels: `[N, size, size, 3]`, normalised as the preprocessor configuration says.
  /// - Returns: the normalised state of the class token, `[N, width]`.
  package func callAsFunction(_ pixels: Tensor, on compute: Compute) -> Tensor {
    let samples = pixels.shape[0]
    let width = configuration.tower.width
    let grid = compute.convolution(pixels, patches, patchShape)
    let count = grid.shape[1] * grid.shape[2]
    // The class token precedes each sample's patches.
    let rows = compute.concatenateRows([classEmbedding, grid])
    var order: [Int] = []
    for sample in 0..<samples {
      order.append(0)
      order += 1 + sample * count..<1 + (sample + 1) * count
    }
    let sequences = compute.gatherRows(rows, order).reshaped([samples, count + 1, width])
    let placed = before(compute.addPositions(sequences, positions), on: compute)
    let hidden = layers.reduce(placed) { x, layer in compute.block([x]) { layer(x, causal: false, on: $0) } }
    return after(compute.gatherRows(hidden, (0..<samples).map { $0 * (count + 1) } as [Int]), on: compute)
  }
}
