package import Checkpoints
package import Engine
import Files
import Models

/// EmoGen's mapping network F: emotion vectors to input embeddings of the text transformer.
package struct Mapper: Sendable {
  private struct Configuration: Decodable {
    let input: Int
    let hidden: [Int]
    let output: Int
    let activation: Activation?
    let layerNorm: Bool?
    let dropout: Double?

    enum CodingKeys: String, CodingKey {
      case input, hidden, output, activation, dropout
      case layerNorm = "layer_norm"
    }
  }

  private struct Hidden: Sendable {
    let linear: Linear
    let norm: LayerNorm?
  }

  /// Length of an emotion vector.
  package let inputs: Int
  /// Width of the text transformer.
  package let outputs: Int
  private let hidden: [Hidden]
  private let activation: Activation
  private let output: Linear

  /// Reads `mlp.i`, numbered as in PyTorch's `Sequential`: linear, (norm,) activation, (dropout,) … linear.
  ///
  /// - Parameter file: the mapper's `config.json`.
  /// - Throws: `CheckpointError` naming the file and the key or tensor.
  package init(_ weights: Weights, configuration file: String) throws {
    let configuration: Configuration = try ConfigFile.read(from: file)
    guard configuration.input > 0, configuration.output > 0, configuration.hidden.allSatisfy({ $0 > 0 }) else {
      throw CheckpointError(.malformed, file: file, "the widths 'input', 'hidden' and 'output' must be above 0")
    }
    inputs = configuration.input
    outputs = configuration.output
    activation = configuration.activation ?? .relu
    var layers: [Hidden] = []
    var index = 0
    var width = inputs
    for next in configuration.hidden {
      let linear = try Linear(weights, "mlp.\(index)", width, next)
      var norm: LayerNorm?
      if configuration.layerNorm == true {
        index += 1
        norm = try LayerNorm(weights, "mlp.\(index)", next)
      }
      layers.append(Hidden(linear: linear, norm: norm))
      index += (configuration.dropout ?? 0) > 0 ? 3 : 2
      width = next
    }
    hidden = layers
    output = try Linear(weights, "mlp.\(index)", width, outputs)
    try weights.finish()
  }

  /// `[T, inputs]` → emotion tokens `[T, outputs]`.
  package func callAsFunction(_ vectors: Tensor, on compute: Compute) -> Tensor {
    // Each row is a sample of its own, so a token's bits do not depend on the number of other tokens.
    var h = vectors
    for layer in hidden {
      h = layer.linear(h, on: compute)
      if let norm = layer.norm { h = norm(h, on: compute) }
      h = compute.activation(h, activation)
    }
    return output(h, on: compute)
  }
}
