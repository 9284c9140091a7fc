import CKernels
import Dispatch
import Synchronization

/// Packed weights: a weight matrix in the order in which the GEMM reads it, with its bias.
package struct PackedMatrix: Sendable {
  /// Columns per panel.
  static let panel = Int(EK_PANEL)

  /// Length of an input row.
  package let inputs: Int
  /// Length of an output row.
  package let outputs: Int
  /// `[panels, inputs, panel]`; the last panel is padded with zeros.
  package let matrix: Tensor
  package let bias: Tensor?
  /// Cached transforms of the matrix for other algorithms; nil if training changes the values, so that nothing can be
  /// cached.
  package let kept: KeptForms?

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, as PyTorch keeps linear layers.
  ///   - bias: `[outputs]`.
  ///   - isFixed: whether the values never change; false for trained weights.
  package init(linear weight: Tensor, bias: Tensor?, isFixed: Bool) {
    self.init(weight, bias, taps: 1, isFixed: isFixed)
  }

  /// - Parameters:
  ///   - weight: `[outputs, channels, height, width]`, as PyTorch keeps convolutions; rows become (y, x, channel).
  ///   - bias: `[outputs]`.
  ///   - isFixed: whether the values never change; false for trained weights.
  package init(convolution weight: Tensor, bias: Tensor?, isFixed: Bool) {
    self.init(weight, bias, taps: weight.shape[2] * weight.shape[3], isFixed: isFixed)
  }

  /// A matrix without values, for networks that are built only to examine their weights. It must not be multiplied.
  ///
  /// - Parameter shape: `[outputs, inputs]` or `[outputs, channels, height, width]`.
  package init(withoutValues shape: [Int]) {
    outputs = shape.first ?? 0
    inputs = shape.dropFirst().reduce(1, *)
    matrix = Tensor([0])
    bias = nil
    kept = nil
  }

  private init(_ weight: Tensor, _ bias: Tensor?, taps: Int, isFixed: Bool) {
    outputs = weight.shape[0]
    inputs = weight.count / max(1, weight.shape[0])
    matrix = Self.packed(weight, taps: taps)
    self.bias = bias
    kept = isFixed ? KeptForms() : nil
  }

  static func panels(_ columns: Int) -> Int { (columns + panel - 1) / panel }

  /// `[outputs, channels · taps]` → panels of `[taps · channels, outputs]`.
  static func packed(_ weight: Tensor, taps: Int) -> Tensor {
    let outputs = weight.shape[0]
    let inputs = weight.count / max(1, outputs)
    let result = Tensor(uninitialized: [panels(outputs), inputs, panel])
    @Sendable func pack(_ index: Int) {
      ek_pack(result.mutablePointer + index * inputs * panel, weight.pointer, outputs, inputs, taps, index)
    }
    // Large matrices are packed on all cores regardless of the worker's thread count, because the first access to the
    // memory takes half of the time.
    if weight.count < 1 << 18 {
      for index in 0..<panels(outputs) { pack(index) }
    } else {
      DispatchQueue.concurrentPerform(iterations: panels(outputs), execute: pack)
    }
    withExtendedLifetime(weight) {}
    return result
  }

  /// The inverse of packing: `[outputs, channels · taps]`.
  static func unpacked(_ matrix: Tensor, outputs: Int, taps: Int) -> Tensor {
    let inputs = matrix.shape[1]
    let result = Tensor(uninitialized: [outputs, inputs])
    ek_unpack(result.mutablePointer, matrix.pointer, outputs, inputs, taps)
    withExtendedLifetime(matrix) {}
    return result
  }
}

/// Transforms of a matrix, computed at their first use and cached.
package final class KeptForms: Sendable {
  /// `Compute.strassenSums`.
  let strassen = KeptTensor()
  /// `Compute.winogradWeights` for tiles of 4 and 6, and in bf16.
  let winograd4 = KeptTensor()
  let winograd6 = KeptTensor()
  let winogradBF16 = KeptTensor()
  /// `Compute.bf16Panels`.
  let bf16 = KeptTensor()

  /// Releases all cached forms, which are recomputed on demand.
  ///
  /// - Returns: the number of bytes released.
  package func release() -> Int {
    [strassen, winograd4, winograd6, winogradBF16, bf16].reduce(0) { $0 + $1.release() }
  }
}

/// A tensor that is computed at its first use and cached.
final class KeptTensor: Sendable {
  private let tensor = Mutex<Tensor?>(nil)

  func value(_ compute: () -> Tensor) -> Tensor {
    tensor.withLock { kept in
      if let kept { return kept }
      let new = compute()
      kept = new
      return new
    }
  }

  /// - Returns: the number of bytes released.
  func release() -> Int {
    tensor.withLock { kept in
      defer { kept = nil }
      return 4 * (kept?.count ?? 0)
    }
  }
}
