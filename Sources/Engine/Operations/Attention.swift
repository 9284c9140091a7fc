import CKernels

extension Compute {
  /// Queries of one head whose probabilities the way back computes again at a time.
  private static let queryTile = 128

  /// Scaled dot-product attention; no more than a block of scores is ever kept.
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
    let panel = PackedMatrix.panel
    let (keyPanels, valuePanels) = (PackedMatrix.panels(keys), PackedMatrix.panels(size))
    let packedKeys = Tensor(uninitialized: [samples * heads, keyPanels, size, panel])
    let packedValues = Tensor(uninitialized: [samples * heads, valuePanels, keys, panel])
    forEach(samples * heads) { head, _ in
      let from = head / heads * keys * width + head % heads * size
      ek_transposed_panels(
        packedKeys.mutablePointer + head * keyPanels * size * panel, k.pointer + from, width, keys, size)
      ek_panels(packedValues.mutablePointer + head * valuePanels * keys * panel, v.pointer + from, width, keys, size)
    }
    let tiles = (queries + Int(EK_QUERIES) - 1) / Int(EK_QUERIES)
    let y = Tensor(uninitialized: q.shape)
    forEach(samples * heads * tiles) { piece, member in
      let head = piece / tiles
      let own = Self.share(piece % tiles, of: tiles, queries)
      let rows = (head / heads * queries + own.lowerBound) * width + head % heads * size
      var call = ek_attention()
      call.q = q.pointer + rows
      call.row = width
      (call.queries, call.keys, call.depth) = (own.count, keys, size)
      call.k = packedKeys.pointer + head * keyPanels * size * panel
      call.v = packedValues.pointer + head * valuePanels * keys * panel
      call.y = y.mutablePointer + rows
      call.scale = 1 / Float(size).squareRoot()
      call.visible = causal ? own.lowerBound + 1 : 0
      call.scratch = scratch(member, own.count * (Int(EK_KEYS) + valuePanels * panel))
      kernels.attention(&call)
    }
    withExtendedLifetime((packedKeys, packedValues)) {}
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
