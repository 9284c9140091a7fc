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
    tape?.record(y, from: [x] + (residual.map { [$0] } ?? []), weights: [weight.matrix, weight.bias]) {
      [plain] tape, dy in
      if let residual { tape.add(dy, to: residual, on: plain) }
      if tape.tracks(x) { tape.add(plain.linearInputGradient(dy, weight, like: x), to: x, on: plain) }
      if let matrix = tape.parameter(weight.matrix) { plain.addProduct(of: x, dy, to: matrix.gradient) }
      if let bias = tape.parameter(weight.bias) { plain.addColumnSums(of: dy, to: bias.gradient) }
    }
    return y
  }

  /// dy · weightᵀ, in the pieces of the forward product.
  private func linearInputGradient(_ dy: Tensor, _ weight: PackedMatrix, like x: Tensor) -> Tensor {
    let dx = Tensor(uninitialized: x.shape)
    let samples = x.shape.count > 1 ? x.shape[0] : 1
    let rows = x.rows / max(1, samples)
    let (k, n) = (weight.inputs, weight.outputs)
    let rowTile = Self.rowTile(rows)
    let columnTile = Self.columnTile(k, rows: rows)
    let rowPieces = (rows + rowTile - 1) / max(1, rowTile)
    let columnPieces = (k + columnTile - 1) / columnTile
    forEach(samples * rowPieces * columnPieces) { piece, _ in
      let column = piece % columnPieces * columnTile
      let row = piece / columnPieces % rowPieces * rowTile
      let first = piece / (columnPieces * rowPieces) * rows + row
      multiply(
        min(rowTile, rows - row), min(columnTile, k - column), n, dy.pointer + first * n, n,
        weight.matrix.pointer + column * n, n, transposed: true, accumulate: false,
        dx.mutablePointer + first * k + column, k)
    }
    return dx
  }

  /// sum += xᵀ · dy over all rows: `[inputs, outputs]`.
  ///
  /// A weight's gradient sums over samples, so here a piece spans them all: a tile of the weight.
  func addProduct(of x: Tensor, _ dy: Tensor, to sum: Tensor) {
    let (k, n, rows) = (x.channels, dy.channels, x.rows)
    let tile = max(16, (k + 7) / 8)
    forEachTile(k, tile) { first, count in
      multiply(
        count, n, rows, x.pointer + first, k, dy.pointer, n, leftTransposed: true, accumulate: true,
        sum.mutablePointer + first * n, n)
    }
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
