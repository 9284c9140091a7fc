import CKernels

extension Compute {
  /// Rows of one sample that a piece of a product takes: enough to hide the cost of packing the weights again,
  /// few enough to keep the piece in the cache and two cores busy.
  static func rowTile(_ rows: Int) -> Int { rows <= 256 ? rows : 192 }

  /// Columns that a piece of a product takes: all, or half where a sample has too few rows to be shared out.
  static func columnTile(_ columns: Int, rows: Int) -> Int {
    rows <= 256 && columns >= 128 ? (columns / 2 + 31) / 32 * 32 : columns
  }

  /// x · weight + bias (+ residual), over the last axis.
  ///
  /// - Parameters:
  ///   - x: `[N, …, inputs]`.
  ///   - residual: `[N, …, outputs]`, added to the result.
  /// - Returns: `[N, …, outputs]`.
  package func linear(_ x: Tensor, _ weight: PackedMatrix, residual: Tensor? = nil) -> Tensor {
    precondition(x.channels == weight.inputs, "linear of \(x.shape) by [\(weight.inputs), \(weight.outputs)]")
    let y = Tensor(uninitialized: x.shape.dropLast() + [weight.outputs])
    let samples = x.shape.count > 1 ? x.shape[0] : 1
    let rows = x.rows / max(1, samples)
    let k = weight.inputs
    let n = weight.outputs
    let rowTile = Self.rowTile(rows)
    let columnTile = Self.columnTile(n, rows: rows)
    let rowPieces = (rows + rowTile - 1) / max(1, rowTile)
    let columnPieces = (n + columnTile - 1) / columnTile
    forEach(samples * rowPieces * columnPieces) { piece, _ in
      let column = piece % columnPieces * columnTile
      let row = piece / columnPieces % rowPieces * rowTile
      let first = piece / (columnPieces * rowPieces) * rows + row
      let m = min(rowTile, rows - row)
      let width = min(columnTile, n - column)
      let out = y.mutablePointer + first * n + column
      let starts = weight.bias != nil || residual != nil
      if starts {
        kernels.start_rows(
          out, n, weight.bias.map { $0.pointer + column }, residual.map { $0.pointer + first * n + column }, n, m, width
        )
      }
      multiply(
        m, width, k, x.pointer + first * k, k, weight.matrix.pointer + column, n, accumulate: starts, out, n)
    }
    return y
  }
}
