import Checkpoints
import Engine
import Files

/// One LoRA's addition to one weight.
struct LoRAChange: Sendable {
  let file: any TensorFile
  let down: String
  let up: String
  let rank: Int
  /// The LoRA's weight times alpha / rank.
  let factor: Float

  /// weight + (factor · up) · down.
  ///
  /// - Parameter weight: `[outputs, inputs]` or `[outputs, inputs, height, width]`.
  /// - Throws: `CheckpointError` if a factor or the sum is not finite.
  func merged(into weight: Tensor, on compute: Compute) throws -> Tensor {
    let outputs = weight.shape[0]
    let columns = weight.count / max(1, outputs)
    let left = try finite(up).reshaped([outputs, rank]).map { $0 * factor }
    let right = PackedMatrix(
      linear: try finite(down).reshaped([rank, columns]).transposed([1, 0]), bias: nil, isFixed: false)
    let sum = compute.linear(left, right, residual: weight.reshaped([outputs, columns]))
    guard sum.isFinite else {
      throw CheckpointError(
        .malformed, file: file.path,
        "'\(ForeignName.shown(up))' times '\(ForeignName.shown(down))' exceeds the range of fp32: use a lower weight")
    }
    return sum.reshaped(weight.shape)
  }

  private func finite(_ name: String) throws -> Tensor {
    let tensor = try file.tensor(name)
    guard tensor.isFinite else {
      throw CheckpointError(
        .malformed, file: file.path, "'\(ForeignName.shown(name))' contains infinity or NaN: fetch the LoRA again")
    }
    return tensor
  }
}
