import CKernels

extension Compute {
  /// Inputs and outputs of a matrix from which on seven products of half its size and their sums are faster than one.
  private static let strassenSide = 128
  /// Floats of a matrix, for each row of a sample, up to which its sums, as large as itself, are worth their memory.
  private static let sumsPerRow = 1 << 12

  /// What Strassen's product of rows `x` by a matrix needs beside it, `[pairs of panels, 2 · inputs, PackedMatrix.panel]`;
  /// nil where it does not suit.
  ///
  /// Rows are paired within a sample, so its own shape decides alone. A matrix that is trained would need new sums in each
  /// step.
  func strassenSums(_ weight: PackedMatrix, for x: Tensor) -> Tensor? {
    let pair = 2 * PackedMatrix.panel
    let rows = x.rows / x.shape[0]
    guard kernels.strassen != nil, !usesHalves, let kept = weight.kept,
      min(weight.inputs, weight.outputs) >= Self.strassenSide,
      weight.inputs % 2 == 0, weight.outputs % pair == 0, rows % 2 == 0,
      weight.inputs * weight.outputs <= rows * Self.sumsPerRow
    else { return nil }
    return prepared(kept.strassen) {
      let pairs = weight.outputs / pair
      let result = Tensor(uninitialized: [pairs, 2 * weight.inputs, PackedMatrix.panel])
      forEach(pairs) { pair, _ in
        ek_strassen_sums(result.mutablePointer, weight.matrix.pointer, weight.inputs, pair)
      }
      return result
    }
  }

  /// Floats that a call of `multiply` with sums works in.
  static let strassenScratch = 2 * Int(EK_STRASSEN_PAIRS * EK_DEPTH)

  /// Does one product on the calling thread, by Strassen's algorithm where there are sums for it.
  ///
  /// - Parameters:
  ///   - sums: of `strassenSums`.
  ///   - panel: the first panel of the product in the whole matrix.
  ///   - scratch: `strassenScratch` floats where there are sums.
  func multiply(
    _ call: inout ek_product, halves: Bool, _ sums: Tensor?, from panel: Int = 0, scratch: UnsafeMutablePointer<Float>?
  ) {
    if halves {
      kernels.half_product(&call)
    } else if let sums {
      var strassen = ek_strassen()
      strassen.product = call
      strassen.sums = sums.pointer + panel * call.depth * PackedMatrix.panel
      strassen.scratch = scratch
      kernels.strassen(&strassen)
    } else {
      kernels.product(&call)
    }
  }
}
