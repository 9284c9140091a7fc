import CKernels

/// A weight matrix in the order that the products read it, with its bias.
package struct PackedMatrix: Sendable {
  /// Length of an input row.
  package let inputs: Int
  /// Length of an output row.
  package let outputs: Int
  /// `[inputs, outputs]`.
  package let matrix: Tensor
  package let bias: Tensor?

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, as PyTorch keeps linear layers.
  ///   - bias: `[outputs]`.
  package init(linear weight: Tensor, bias: Tensor?) {
    self.init(weight, bias, taps: 1)
  }

  /// - Parameters:
  ///   - weight: `[outputs, channels, height, width]`, as PyTorch keeps convolutions; rows become (y, x, channel).
  ///   - bias: `[outputs]`.
  package init(convolution weight: Tensor, bias: Tensor?) {
    self.init(weight, bias, taps: weight.shape[2] * weight.shape[3])
  }

  private init(_ weight: Tensor, _ bias: Tensor?, taps: Int) {
    outputs = weight.shape[0]
    inputs = weight.count / max(1, weight.shape[0])
    matrix = Self.packed(weight, taps: taps)
    self.bias = bias
  }

  /// `[outputs, channels · taps]` → `[taps · channels, outputs]`.
  static func packed(_ weight: Tensor, taps: Int) -> Tensor {
    let outputs = weight.shape[0]
    let inputs = weight.count / max(1, outputs)
    let result = Tensor(uninitialized: [inputs, outputs])
    ek_pack(result.mutablePointer, weight.pointer, outputs, inputs, taps)
    withExtendedLifetime(weight) {}
    return result
  }
}
