import CKernels

extension Compute {
  /// x · weight + bias (+ residual), over the last axis.
  ///
  /// - Parameters:
  ///   - x: `[N, …, inputs]`.
  ///   - residual: `[N, …, outputs]`, added to the result.
  /// - Returns: `[N, …, outputs]`.
  package func linear(_ x: Tensor, _ weight: PackedMatrix, residual: Tensor? = nil) -> Tensor {
    precondition(x.channels == weight.inputs, "linear of \(x.shape) by [\(weight.inputs), \(weight.outputs)]")
    let y = Tensor(uninitialized: x.shape.dropLast() + [weight.outputs])
    if usesBF16, x.channels % 2 == 0, let bf16 = bf16Panels(weight) {
      rowGEMM(
        toBF16(x), by: GEMMPanels(bf16), columns: weight.outputs, bias: weight.bias, residual: residual,
        bf16: true, y)
      withExtendedLifetime(bf16) {}
      return y
    }
    rowGEMM(
      x, by: GEMMPanels(weight.matrix), columns: weight.outputs, bias: weight.bias, residual: residual,
      sums: strassenSums(weight, for: x), y)
    tape?.record(y, from: [x] + (residual.map { [$0] } ?? []), weights: [weight.matrix, weight.bias]) {
      [plain] tape, dy in
      if let residual { tape.add(dy, to: residual, on: plain) }
      if tape.tracks(x) {
        let dx = Tensor(uninitialized: x.shape)
        let exchanged = plain.exchanged(weight, taps: 1)
        plain.rowGEMM(dy, by: GEMMPanels(exchanged), columns: weight.inputs, dx)
        withExtendedLifetime(exchanged) {}
        tape.add(dx, to: x, on: plain)
      }
      if let matrix = tape.parameter(weight.matrix) {
        plain.withPanels(of: dy) { right in
          plain.addTransposedGEMM(
            matrix.gradient, taps: 1, rows: x.channels, columns: dy.channels, depth: x.rows, by: right
          ) { _, range, table in
            for row in range { table[row - range.lowerBound] = x.pointer + row * x.channels }
          }
        }
      }
      if let bias = tape.parameter(weight.bias) { plain.addColumnSums(of: dy, to: bias.gradient) }
    }
    return y
  }

  /// y = x · right (+ bias + residual), row by row.
  private func rowGEMM(
    _ x: Tensor, by right: GEMMPanels, columns: Int, bias: Tensor? = nil, residual: Tensor? = nil,
    bf16: Bool = false, sums: Tensor? = nil, _ y: Tensor
  ) {
    let depth = x.channels
    // Strassen's algorithm reads every other row.
    let step = sums == nil ? depth : 2 * depth
    let apart = step % Self.cacheSetPeriod == 0 && x.rows >= 8 && columns >= 128
    let rows = apart ? spaced(x) : x
    gemm(
      y.mutablePointer, rows: x.rows, columns: columns, taps: 1, depth: depth, by: right, bias: bias,
      residual: residual, bf16: bf16, sums: sums
    ) { range, _, table in
      for row in range { table[row - range.lowerBound] = rows.pointer + row * rows.channels }
    }
    withExtendedLifetime((rows, sums)) {}
  }

  /// Rows whose stride is a multiple of this number of floats map to the same sets of the L1 cache and evict each
  /// other.
  private static let cacheSetPeriod = 1024

  /// The rows of `x` with a stride one cache line larger than their length: `[rows, channels + 16]`.
  private func spaced(_ x: Tensor) -> Tensor {
    let length = x.channels
    let y = Tensor(uninitialized: [x.rows, length + 16])
    forEachTile(x.rows, 16, .values(2 * x.count)) { first, count in
      for row in first..<first + count {
        (y.mutablePointer + row * y.channels).update(from: x.pointer + row * length, count: length)
      }
    }
    return y
  }

  /// sum += the sums of the columns of dy.
  func addColumnSums(of dy: Tensor, to sum: Tensor) {
    let n = dy.channels
    forEachTile(n, 32) { first, count in
      var sums = [Double](repeating: 0, count: count)
      sums.withUnsafeMutableBufferPointer { sums in
        guard let base = sums.baseAddress else { return }
        kernels.column_dots(dy.pointer + first, nil, n, dy.rows, count, base, nil)
        for index in 0..<count { sum.mutablePointer[first + index] += Float(base[index]) }
      }
    }
  }
}
