package import Engine

/// Changes the weights of a network while they are read, as a LoRA does.
package protocol WeightAdjustment: Sendable {
  /// The tensor `name` with the adjustment applied; the same tensor if the adjustment does not concern it.
  ///
  /// - Parameters:
  ///   - name: The network's own name of the tensor, such as `mid_block.attentions.0.proj_in.weight`.
  ///   - tensor: The values, with the axes of PyTorch.
  func adjusted(_ name: String, _ tensor: Tensor) throws -> Tensor
}
