import CKernels

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
    matrix = Self.transposed(weight, [outputs, inputs], taps: 1)
    self.bias = bias
  }

  /// - Parameters:
  ///   - weight: `[outputs, channels, height, width]`, as PyTorch keeps convolutions; rows become (y, x, channel).
  ///   - bias: `[outputs]`.
  package init(convolution weight: Tensor, bias: Tensor?) {
    outputs = weight.shape[0]
    inputs = weight.count / max(1, weight.shape[0])
    matrix = Self.transposed(weight, [outputs, inputs], taps: weight.shape[2] * weight.shape[3])
    self.bias = bias
  }

  /// `[outputs, channels · taps]` → `[taps · channels, outputs]`.
  private static func transposed(_ weight: Tensor, _ shape: [Int], taps: Int) -> Tensor {
    let result = Tensor(uninitialized: [shape[1], shape[0]])
    ek_pack(result.mutablePointer, weight.pointer, shape[0], shape[1], taps)
    return result
  }
}
