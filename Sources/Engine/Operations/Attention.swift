import CKernels

extension Compute {
  /// Scaled dot-product attention; only one block of scores exists at a time.
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
    let keyLengths = Tensor(uninitialized: [samples * heads])
    forEach(samples * heads, .values(2 * (k.count + v.count)), operation: "attention panels") { head, _ in
      let from = head / heads * keys * width + head % heads * size
      let square = ek_transposed_panels(
        packedKeys.mutablePointer + head * keyPanels * size * panel, k.pointer + from, width, keys, size)
      keyLengths.mutablePointer[head] = square.squareRoot()
      ek_panels(packedValues.mutablePointer + head * valuePanels * keys * panel, v.pointer + from, width, keys, size)
    }
    let bf16 = usesBF16 && size % 2 == 0
    let (asked, keyWords, valueWords) =
      bf16 ? (toBF16(q), bf16Panels(packedKeys), bf16Panels(packedValues)) : (q, packedKeys, packedValues)
    let tiles = (queries + Int(EK_QUERIES) - 1) / Int(EK_QUERIES)
    let y = Tensor(uninitialized: q.shape)
    let work = Profile.Work(
      operations: 4 * Double(samples) * Double(queries) * Double(keys) * Double(width),
      bytes: 4 * (2 * q.count + k.count + v.count))
    forEach(samples * heads * tiles, work) { piece, member in
      let head = piece / tiles
      let own = Self.share(piece % tiles, of: tiles, queries)
      let rows = (head / heads * queries + own.lowerBound) * width + head % heads * size
      var call = ek_attention()
      call.q = asked.pointer + (bf16 ? rows / 2 : rows)
      call.q_row = asked.channels
      call.row = width
      (call.queries, call.keys, call.depth) = (own.count, keys, size)
      call.k = keyWords.pointer + head * (keyWords.count / (samples * heads))
      call.key_length = keyLengths.pointer[head]
      call.v = valueWords.pointer + head * (valueWords.count / (samples * heads))
      call.y = y.mutablePointer + rows
      call.scale = 1 / Float(size).squareRoot()
      call.visible = causal ? own.lowerBound + 1 : 0
      call.scratch = scratch(member, own.count * (Int(EK_SCORES) + valuePanels * panel))
      if bf16 { kernels.bf16_attention(&call) } else { kernels.attention(&call) }
    }
    withExtendedLifetime((asked, keyWords, valueWords, keyLengths)) {}
    tape?.record(y, from: [q, k, v]) { [plain] tape, dy in
      let (dq, dk, dv) = plain.attentionGradients(dy, q, k, v, heads: heads, causal: causal)
      tape.add(dq, to: q, on: plain)
      tape.add(dk, to: k, on: plain)
      tape.add(dv, to: v, on: plain)
    }
    return y
  }
}
