import CKernels

extension Compute {
  /// Rows that go through the feed-forward layer together.
  private static let gatedRows = 56
  /// Up to this size in floats, a core can read the weights again for each group of `gatedRows` rows without waiting.
  private static let lightWeights = 1 << 21

  /// The U-Net's feed-forward layer: contract(geglu(expand(x))) + residual.
  ///
  /// If the weights are small enough to be read repeatedly, the hidden rows, eight times as wide, stay in a core's
  /// cache. The bits equal those of the three operations in sequence.
  ///
  /// - Parameters:
  ///   - x: `[N, …, C]`.
  ///   - expand: to `[…, 2H]`, values and gates.
  ///   - contract: from `[…, H]`.
  ///   - residual: of the result's shape.
  package func gatedFeedForward(
    _ x: Tensor, expand: PackedMatrix, contract: PackedMatrix, residual: Tensor
  ) -> Tensor {
    let hidden = contract.inputs
    let pieces = evenly((x.rows + Self.gatedRows - 1) / Self.gatedRows)
    let fits = expand.matrix.count + contract.matrix.count <= Self.lightWeights && pieces >= 4 * threads
    let bf16 = usesBF16 ? bf16Panels(expand, contract) : nil
    guard tape == nil, fits, (bf16 != nil) == usesBF16 else {
      return linear(geglu(linear(x, expand)), contract, residual: residual)
    }
    let words = usesBF16 ? 2 : 1
    let rows = usesBF16 ? toBF16(x) : x
    let (up, down) = bf16 ?? (expand.matrix, contract.matrix)
    let (upSums, downSums) = (strassenSums(expand, for: x), strassenSums(contract, for: x))
    let unit = upSums == nil && downSums == nil ? 1 : 2
    let y = Tensor(uninitialized: residual.shape)
    // One cache line longer than a row, because rows with power-of-two strides would evict each other.
    let length = hidden + 16
    let work = Profile.Work(
      operations: 2 * Double(x.rows) * Double(x.channels * 2 * hidden + hidden * contract.outputs),
      bytes: 4 * (x.count + 2 * y.count))
    forEach(pieces, work) { piece, member in
      let own = Self.share(piece, of: pieces, x.rows, by: unit)
      let wide = scratch(member, own.count * (2 * hidden + length) + Self.strassenScratch)
      let gated = wide + own.count * 2 * hidden
      let room = gated + own.count * length
      Self.withRowTable(own.count) { table in
        var call = ek_gemm(
          rows: own.count, depth: x.channels / words, columns: 2 * hidden, by: GEMMPanels(up), wide, row: 2 * hidden)
        for row in 0..<own.count { table[row] = rows.pointer + (own.lowerBound + row) * rows.channels }
        call.table = UnsafePointer(table)
        call.bias = expand.bias?.pointer
        multiply(&call, bf16: usesBF16, upSums, scratch: room)
        for row in 0..<own.count {
          let result = gated + row * length
          kernels.geglu(result, wide + row * 2 * hidden, 1, hidden)
          if usesBF16 {
            kernels.to_bf16(UnsafeMutableRawPointer(result).assumingMemoryBound(to: UInt16.self), result, hidden)
          }
          table[row] = UnsafePointer(result)
        }
        call = ek_gemm(
          rows: own.count, depth: hidden / words, columns: contract.outputs, by: GEMMPanels(down),
          y.mutablePointer + own.lowerBound * contract.outputs, row: contract.outputs)
        call.table = UnsafePointer(table)
        call.bias = contract.bias?.pointer
        call.residual = residual.pointer + own.lowerBound * contract.outputs
        multiply(&call, bf16: usesBF16, downSums, scratch: room)
      }
    }
    withExtendedLifetime((rows, up, down, upSums, downSums, residual)) {}
    return y
  }

  private func bf16Panels(_ expand: PackedMatrix, _ contract: PackedMatrix) -> (Tensor, Tensor)? {
    guard expand.inputs % 2 == 0, contract.inputs % 2 == 0, let up = bf16Panels(expand),
      let down = bf16Panels(contract)
    else { return nil }
    return (up, down)
  }
}
