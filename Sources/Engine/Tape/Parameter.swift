/// A trained tensor of a network.
///
/// `@unchecked Sendable`: values and gradients are written by the one thread that trains.
package final class Parameter: @unchecked Sendable {
  /// The engine's layout of the values compared with PyTorch's.
  package enum Layout: Hashable, Sendable {
    /// The same as PyTorch's.
    case plain
    /// `[outputs, channels · taps]`, stored as packed weights.
    case matrix(taps: Int)
  }

  /// The name in the weight file.
  package let name: String
  /// The shape in PyTorch's layout.
  package let shape: [Int]
  package let layout: Layout
  /// The values in the engine's layout: the storage that the network reads, changed in place by optimizers.
  package let value: Tensor
  /// Whether optimizers change it; false for running statistics.
  package let isTrainable: Bool
  private var sum: Tensor?

  package init(_ name: String, _ shape: [Int], _ value: Tensor, layout: Layout = .plain, isTrainable: Bool = true) {
    self.name = name
    self.shape = shape
    self.layout = layout
    self.value = value
    self.isTrainable = isTrainable
  }

  /// The sum of the gradients since the last `clearGradient`, laid out as `value`.
  package var gradient: Tensor {
    if let sum { return sum }
    let zeros = Tensor(value.shape)
    sum = zeros
    return zeros
  }

  package func clearGradient() {
    guard let sum else { return }
    sum.mutablePointer.update(repeating: 0, count: sum.count)
  }

  /// A copy in PyTorch's layout of a tensor that is laid out as `value`.
  package func exported(_ tensor: Tensor) -> Tensor {
    switch layout {
    case .plain: return Tensor(shape, tensor.values)
    case .matrix(let taps): return PackedMatrix.unpacked(tensor, outputs: shape[0], taps: taps).reshaped(shape)
    }
  }

  /// Overwrites the values with a tensor in PyTorch's layout.
  package func load(_ tensor: Tensor) {
    let own =
      switch layout {
      case .plain: tensor
      case .matrix(let taps): PackedMatrix.packed(tensor, taps: taps)
      }
    value.mutablePointer.update(from: own.pointer, count: value.count)
    withExtendedLifetime(own) {}
  }
}
