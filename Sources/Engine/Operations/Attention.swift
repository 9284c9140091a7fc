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
    return y
  }
}
