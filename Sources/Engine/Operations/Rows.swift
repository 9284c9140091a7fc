import CKernels

extension Compute {
  /// Gathers the rows `ids` of a table: embeddings, or the pooled positions of a sequence.
  ///
  /// - Parameter table: `[V, D]`.
  /// - Returns: `[ids, D]`.
  package func gatherRows(_ table: Tensor, _ ids: [Int]) -> Tensor {
    let width = table.channels
    let y = Tensor(uninitialized: [ids.count, width])
    for (row, id) in ids.enumerated() {
      (y.mutablePointer + row * width).update(from: table.pointer + id * width, count: width)
    }
    tape?.record(y, from: [table], weights: [table]) { [plain] tape, dy in
      func scatter(_ target: Tensor) {
        for (row, id) in ids.enumerated() {
          let own = target.mutablePointer + id * width
          plain.kernels.add(own, own, dy.pointer + row * width, width)
        }
      }
      if let parameter = tape.parameter(table) { scatter(parameter.gradient) }
      guard tape.tracks(table) else { return }
      let dx = Tensor(table.shape)
      scatter(dx)
      tape.add(dx, to: table, on: plain)
    }
    return y
  }

  /// Concatenates the rows of tables of the same width: `[rows, D]`.
  package func concatenateRows(_ parts: [Tensor]) -> Tensor {
    let width = parts.first?.channels ?? 0
    let y = Tensor(uninitialized: [parts.reduce(0) { $0 + $1.rows }, width])
    var offset = 0
    for part in parts {
      (y.mutablePointer + offset).update(from: part.pointer, count: part.count)
      offset += part.count
    }
    tape?.record(y, from: parts, weights: parts) { [plain] tape, dy in
      var offset = 0
      for part in parts {
        let own = Tensor(uninitialized: part.shape)
        own.mutablePointer.update(from: dy.pointer + offset, count: part.count)
        offset += part.count
        if let parameter = tape.parameter(part) { plain.accumulate(own, into: parameter.gradient) }
        tape.add(own, to: part, on: plain)
      }
    }
    return y
  }

  /// Adds a table to every sample: x `[N, L, C]` + the first L rows of `table` `[positions, C]`.
  package func addPositions(_ x: Tensor, _ table: Tensor) -> Tensor {
    let count = x.count / max(1, x.shape[0])
    let y = Tensor(uninitialized: x.shape)
    forEach(x.shape[0]) { sample, _ in
      kernels.add(y.mutablePointer + sample * count, x.pointer + sample * count, table.pointer, count)
    }
    tape?.record(y, from: [x], weights: [table]) { [plain] tape, dy in
      tape.add(dy, to: x, on: plain)
      guard let sum = tape.parameter(table)?.gradient else { return }
      for sample in 0..<x.shape[0] {
        plain.kernels.add(sum.mutablePointer, sum.pointer, dy.pointer + sample * count, count)
      }
    }
    return y
  }

  /// a · bᵀ, over all rows: `[N, D]`, `[M, D]` → `[N, M]`.
  ///
  /// `b` is packed for the call, so that the product is one GEMM and a result's bits depend on its two rows alone.
  package func matrixProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (n, m, width) = (a.rows, b.rows, a.channels)
    precondition(b.channels == width, "product of \(a.shape) by the transpose of \(b.shape)")
    let right = PackedMatrix(linear: b.reshaped([m, width]), bias: nil, isFixed: false)
    let y = plain.linear(a.reshaped([n, width]), right)
    tape?.record(y, from: [a, b]) { [plain] tape, dy in
      if tape.tracks(a) {
        let da = Tensor(uninitialized: a.shape)
        plain.multiply(
          n, width, m, dy.pointer, m, b.pointer, width, accumulate: false, da.mutablePointer, width)
        tape.add(da, to: a, on: plain)
      }
      if tape.tracks(b) {
        let db = Tensor(uninitialized: b.shape)
        plain.multiply(
          m, width, n, dy.pointer, m, a.pointer, width, leftTransposed: true, accumulate: false, db.mutablePointer,
          width)
        tape.add(db, to: b, on: plain)
      }
    }
    return y
  }

  /// Divides every row by its Euclidean norm.
  package func normaliseRows(_ x: Tensor) -> Tensor {
    let width = x.channels
    let y = Tensor(uninitialized: x.shape)
    let inverses = (0..<x.rows).map { row -> Float in
      var squares = 0.0
      for index in row * width..<(row + 1) * width { squares += Double(x.pointer[index]) * Double(x.pointer[index]) }
      return Float(1 / max(1e-12, squares.squareRoot()))
    }
    for row in 0..<x.rows {
      for index in row * width..<(row + 1) * width { y.mutablePointer[index] = x.pointer[index] * inverses[row] }
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      let dx = Tensor(uninitialized: x.shape)
      for row in 0..<x.rows {
        let range = row * width..<(row + 1) * width
        var dot = 0.0
        for index in range { dot += Double(dy.pointer[index]) * Double(y.pointer[index]) }
        for index in range {
          dx.mutablePointer[index] = (dy.pointer[index] - Float(dot) * y.pointer[index]) * inverses[row]
        }
      }
      tape.add(dx, to: x, on: plain)
    }
    return y
  }
}
