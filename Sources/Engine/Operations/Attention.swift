import CKernels

extension Compute {
  /// Queries of one head that a piece takes; their scores stay in the thread's scratch memory.
  private static let queryTile = 128

  /// Scaled dot-product attention.
  ///
  /// - Parameters:
  ///   - q: `[N, L, heads · d]`.
  ///   - k: `[N, S, heads · d]`; `v`: the same.
  ///   - causal: whether a query sees only the keys up to its own position.
  /// - Returns: `[N, L, heads · d]`.
  package func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, causal: Bool = false) -> Tensor {
    let (samples, queries, width) = (q.shape[0], q.shape[1], q.shape[2])
    let keys = k.shape[1]
    let size = width / heads
    let scale = 1 / Float(size).squareRoot()
    let tiles = (queries + Self.queryTile - 1) / Self.queryTile
    let y = Tensor(uninitialized: q.shape)
    forEach(samples * heads * tiles) { piece, member in
      let first = piece % tiles * Self.queryTile
      let head = piece / tiles % heads
      let sample = piece / (tiles * heads)
      let count = min(Self.queryTile, queries - first)
      let scores = scratch(member, Self.queryTile * keys)
      let rows = (sample * queries + first) * width + head * size
      let columns = sample * keys * width + head * size
      multiply(
        count, keys, size, q.pointer + rows, width, k.pointer + columns, width, transposed: true, accumulate: false,
        scores, keys)
      kernels.softmax(scores, count, keys, scale, causal ? first + 1 : keys)
      multiply(
        count, size, keys, scores, keys, v.pointer + columns, width, accumulate: false, y.mutablePointer + rows, width)
    }
    tape?.record(y, from: [q, k, v]) { [plain] tape, dy in
      let (dq, dk, dv) = plain.attentionGradients(dy, q, k, v, heads: heads, causal: causal)
      tape.add(dq, to: q, on: plain)
      tape.add(dk, to: k, on: plain)
      tape.add(dv, to: v, on: plain)
    }
    return y
  }

  /// The gradients of queries, keys and values; a head of a sample is a piece, and its probabilities are computed again
  /// tile by tile.
  private func attentionGradients(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, causal: Bool
  ) -> (Tensor, Tensor, Tensor) {
    let (samples, queries, width) = (q.shape[0], q.shape[1], q.shape[2])
    let keys = k.shape[1]
    let size = width / heads
    let scale = 1 / Float(size).squareRoot()
    let dq = Tensor(uninitialized: q.shape)
    let (dk, dv) = (Tensor(k.shape), Tensor(v.shape))
    forEach(samples * heads) { piece, member in
      let (head, sample) = (piece % heads, piece / heads)
      let columns = sample * keys * width + head * size
      let probabilities = scratch(member, 2 * Self.queryTile * keys)
      let slopes = probabilities + Self.queryTile * keys
      for first in stride(from: 0, to: queries, by: Self.queryTile) {
        let count = min(Self.queryTile, queries - first)
        let rows = (sample * queries + first) * width + head * size
        multiply(
          count, keys, size, q.pointer + rows, width, k.pointer + columns, width, transposed: true, accumulate: false,
          probabilities, keys)
        kernels.softmax(probabilities, count, keys, scale, causal ? first + 1 : keys)
        multiply(
          keys, size, count, probabilities, keys, dy.pointer + rows, width, leftTransposed: true, accumulate: true,
          dv.mutablePointer + columns, width)
        multiply(
          count, keys, size, dy.pointer + rows, width, v.pointer + columns, width, transposed: true,
          accumulate: false, slopes, keys)
        kernels.softmax_back(slopes, probabilities, count, keys, scale)
        multiply(
          count, size, keys, slopes, keys, k.pointer + columns, width, accumulate: false, dq.mutablePointer + rows,
          width)
        multiply(
          keys, size, count, slopes, keys, q.pointer + rows, width, leftTransposed: true, accumulate: true,
          dk.mutablePointer + columns, width)
      }
    }
    return (dq, dk, dv)
  }
}
