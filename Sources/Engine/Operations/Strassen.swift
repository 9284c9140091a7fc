import CKernels

extension Compute {
  /// Minimum number of inputs and outputs for which Strassen's algorithm is faster than the ordinary one.
  private static let strassenSide = 128
  /// Maximum size of a matrix, in floats per row of a sample, for which its sums, as large as the matrix, are worth
  /// their memory.
  private static let sumsPerRow = 1 << 12

  /// The sums that Strassen's algorithm needs to multiply the rows `x` by a matrix, `[panel pairs, 2 · inputs,
  /// PackedMatrix.panel]`; nil if the ordinary algorithm is to be used.
  ///
  /// Rows are paired within a sample, so that only the shape of a sample decides. Trained weights are excluded, because
  /// they would need new sums in each step.
  func strassenSums(_ weight: PackedMatrix, for x: Tensor) -> Tensor? {
    let pair = 2 * PackedMatrix.panel
    let rows = x.rows / x.shape[0]
    guard kernels.strassen != nil, !usesBF16, let kept = weight.kept,
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

  /// Scratch memory of a call of `multiply` with sums, in floats.
  static let strassenScratch = 2 * Int(EK_STRASSEN_PAIRS * EK_DEPTH)

  /// Runs one GEMM on the calling thread, by Strassen's algorithm if `sums` is given.
  ///
  /// - Parameters:
  ///   - sums: from `strassenSums`.
  ///   - panel: the first panel of the GEMM within the matrix.
  ///   - scratch: `strassenScratch` floats if `sums` is given.
  func multiply(
    _ call: inout ek_gemm, bf16: Bool, _ sums: Tensor?, from panel: Int = 0, scratch: UnsafeMutablePointer<Float>?
  ) {
    if bf16 {
      kernels.bf16_gemm(&call)
    } else if let sums {
      var strassen = ek_strassen()
      strassen.gemm = call
      strassen.sums = sums.pointer + panel * call.depth * PackedMatrix.panel
      strassen.scratch = scratch
      kernels.strassen(&strassen)
    } else {
      kernels.gemm(&call)
    }
  }
}
