/// A tensor of a network that training changes.
///
/// `@unchecked Sendable`: values and gradients are written by the one thread that trains.
package final class Parameter: @unchecked Sendable {
  /// How the engine keeps the values, against PyTorch's layout.
  package enum Layout: Hashable, Sendable {
    /// As PyTorch.
    case plain
    /// `[outputs, channels · taps]` kept as a packed matrix.
    case matrix(taps: Int)
  }

  /// As in the weight file.
  package let name: String
  /// PyTorch's shape.
  package let shape: [Int]
  package let layout: Layout
  /// The values in the engine's layout: the storage that the network reads, changed in place by optimizers.
  package let value: Tensor
  /// Whether optimizers change it; running statistics never are.
  package internal(set) var isTrainable: Bool
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

  /// A copy of a tensor laid out as `value` in PyTorch's layout.
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
