/// A weight matrix in the order that the products read it, with its bias.
package struct PackedMatrix: Sendable {
  /// Length of an input row.
  package let inputs: Int
  /// Length of an output row.
  package let outputs: Int
  /// `[inputs, outputs]`.
  let matrix: Tensor
  let bias: Tensor?

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, as PyTorch keeps linear layers.
  ///   - bias: `[outputs]`.
  package init(linear weight: Tensor, bias: Tensor?) {
    outputs = weight.shape[0]
    inputs = weight.count / max(1, weight.shape[0])
    matrix = weight.reshaped([outputs, inputs]).transposed([1, 0])
    self.bias = bias
  }

  /// - Parameters:
  ///   - weight: `[outputs, channels, height, width]`, as PyTorch keeps convolutions; rows become (y, x, channel).
  ///   - bias: `[outputs]`.
  package init(convolution weight: Tensor, bias: Tensor?) {
    outputs = weight.shape[0]
    inputs = weight.count / max(1, weight.shape[0])
    matrix = weight.transposed([2, 3, 1, 0]).reshaped([inputs, outputs])
    self.bias = bias
  }
}
