import CKernels

extension Compute {
  /// Rows of a feed-forward layer that go through it together.
  private static let gatedRows = 56
  /// Floats of weights that a core reads again for every so many rows without waiting for them.
  private static let lightWeights = 1 << 21

  /// The U-Net's feed-forward layer: contract(geglu(expand(x))) + residual.
  ///
  /// The hidden rows, eight times as wide, stay in a core's cache where the weights are light enough to be read again and
  /// again: the bits are those of the three operations one after another.
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
    let halves = usesHalves ? halfPanels(expand, contract) : nil
    guard tape == nil, fits, (halves != nil) == usesHalves else {
      return linear(geglu(linear(x, expand)), contract, residual: residual)
    }
    let words = usesHalves ? 2 : 1
    let rows = usesHalves ? halved(x) : x
    let (up, down) = halves ?? (expand.matrix, contract.matrix)
    let (upSums, downSums) = (strassenSums(expand, for: x), strassenSums(contract, for: x))
    let unit = upSums == nil && downSums == nil ? 1 : 2
    let y = Tensor(uninitialized: residual.shape)
    // A line more than a row, or the rows of powers of two would meet in the cache.
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
        var call = ek_product(
          rows: own.count, depth: x.channels / words, columns: 2 * hidden, by: ProductPanels(up), wide, row: 2 * hidden)
        for row in 0..<own.count { table[row] = rows.pointer + (own.lowerBound + row) * rows.channels }
        call.table = UnsafePointer(table)
        call.bias = expand.bias?.pointer
        multiply(&call, halves: usesHalves, upSums, scratch: room)
        for row in 0..<own.count {
          let result = gated + row * length
          kernels.geglu(result, wide + row * 2 * hidden, 1, hidden)
          if usesHalves {
            kernels.halve(UnsafeMutableRawPointer(result).assumingMemoryBound(to: UInt16.self), result, hidden)
          }
          table[row] = UnsafePointer(result)
        }
        call = ek_product(
          rows: own.count, depth: hidden / words, columns: contract.outputs, by: ProductPanels(down),
          y.mutablePointer + own.lowerBound * contract.outputs, row: contract.outputs)
        call.table = UnsafePointer(table)
        call.bias = contract.bias?.pointer
        call.residual = residual.pointer + own.lowerBound * contract.outputs
        multiply(&call, halves: usesHalves, downSums, scratch: room)
      }
    }
    withExtendedLifetime((rows, up, down, upSums, downSums, residual)) {}
    return y
  }

  private func halfPanels(_ expand: PackedMatrix, _ contract: PackedMatrix) -> (Tensor, Tensor)? {
    guard expand.inputs % 2 == 0, contract.inputs % 2 == 0, let up = halfPanels(expand),
      let down = halfPanels(contract)
    else { return nil }
    return (up, down)
  }
}
