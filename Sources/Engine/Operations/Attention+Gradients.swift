import CKernels

extension Compute {
  /// Queries of one head whose probabilities the backward pass recomputes at a time.
  private static let queryTile = 128

  /// The gradients of queries, keys and values; each head of a sample is one piece of work.
  func attentionGradients(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, causal: Bool
  ) -> (Tensor, Tensor, Tensor) {
    let (samples, queries, width) = (q.shape[0], q.shape[1], q.shape[2])
    let keys = k.shape[1]
    let size = width / heads
    let dq = Tensor(uninitialized: q.shape)
    let (dk, dv) = (Tensor(k.shape), Tensor(v.shape))
    let tile = min(queries, Self.queryTile)
    let room = HeadRoom(queries: tile, keys: keys, size: size)
    forEach(samples * heads) { piece, member in
      let head = AttentionHead(
        room, scratch(member, room.count), kernels, width: width, scale: 1 / Float(size).squareRoot())
      let columns = piece / heads * keys * width + piece % heads * size
      head.pack(keys: k.pointer + columns, values: v.pointer + columns)
      for first in stride(from: 0, to: queries, by: tile) {
        let rows = (piece / heads * queries + first) * width + piece % heads * size
        head.carryBack(
          queries: min(tile, queries - first), visible: causal ? first + 1 : nil, q: q.pointer + rows,
          dy: dy.pointer + rows, dq: dq.mutablePointer + rows, dk: dk.mutablePointer + columns,
          dv: dv.mutablePointer + columns)
      }
    }
    return (dq, dk, dv)
  }
}

/// How the scratch memory of a head is laid out, in floats.
private struct HeadRoom {
  let queries: Int
  let keys: Int
  let size: Int

  /// Keys, rounded up to whole panels: the length of a row of scores.
  var row: Int { PackedMatrix.panels(keys) * PackedMatrix.panel }
  /// The head's size, rounded up.
  var wide: Int { PackedMatrix.panels(size) * PackedMatrix.panel }
  var count: Int { 2 * row * size + wide * keys + 2 * queries * row + 2 * wide * queries }
}

/// The backward pass of one head.
private struct AttentionHead {
  private let room: HeadRoom
  private let kernels: ek_kernels
  /// Row stride of queries, keys and values, in floats.
  private let width: Int
  private let scale: Float
  private let keysAcross: UnsafeMutablePointer<Float>
  private let valuesAcross: UnsafeMutablePointer<Float>
  private let keys: UnsafeMutablePointer<Float>
  private let probabilities: UnsafeMutablePointer<Float>
  private let slopes: UnsafeMutablePointer<Float>
  private let queries: UnsafeMutablePointer<Float>
  private let gradients: UnsafeMutablePointer<Float>

  init(_ room: HeadRoom, _ memory: UnsafeMutablePointer<Float>, _ kernels: ek_kernels, width: Int, scale: Float) {
    self.room = room
    self.kernels = kernels
    self.width = width
    self.scale = scale
    keysAcross = memory
    valuesAcross = keysAcross + room.row * room.size
    keys = valuesAcross + room.row * room.size
    probabilities = keys + room.wide * room.keys
    slopes = probabilities + room.queries * room.row
    queries = slopes + room.queries * room.row
    gradients = queries + room.wide * room.queries
  }

  func pack(keys k: UnsafePointer<Float>, values v: UnsafePointer<Float>) {
    _ = ek_transposed_panels(keysAcross, k, width, room.keys, room.size)
    _ = ek_transposed_panels(valuesAcross, v, width, room.keys, room.size)
    ek_panels(keys, k, width, room.keys, room.size)
  }

  /// With P the probabilities: dV += Pᵀ·dY, dP = dY·Vᵀ, dS from dP through the softmax, dQ = dS·K, dK += dSᵀ·Q.
  ///
  /// - Parameter visible: number of keys visible to the first query, each following query sees one more; nil: all keys.
  func carryBack(
    queries count: Int, visible: Int?, q: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dq: UnsafeMutablePointer<Float>, dk: UnsafeMutablePointer<Float>, dv: UnsafeMutablePointer<Float>
  ) {
    ek_panels(queries, q, width, count, room.size)
    ek_panels(gradients, dy, width, count, room.size)
    rows(q, width, count, by: keysAcross, depth: room.size, to: probabilities, room.row, columns: room.keys)
    for row in 0..<count {
      kernels.softmax(
        probabilities + row * room.row, 1, room.keys, scale, visible.map { $0 + row } ?? room.keys)
    }
    columns(probabilities, count, by: gradients, to: dv)
    rows(dy, width, count, by: valuesAcross, depth: room.size, to: slopes, room.row, columns: room.keys)
    for row in 0..<count {
      kernels.softmax_back(slopes + row * room.row, probabilities + row * room.row, 1, room.keys, scale)
    }
    rows(slopes, room.row, count, by: keys, depth: room.keys, to: dq, width, columns: room.size)
    columns(slopes, count, by: queries, to: dk)
  }

  /// c = a · b for `count` rows of a.
  private func rows(
    _ a: UnsafePointer<Float>, _ stride: Int, _ count: Int, by b: UnsafePointer<Float>, depth: Int,
    to c: UnsafeMutablePointer<Float>, _ cRow: Int, columns: Int
  ) {
    var call = ek_gemm()
    call.table_stride = count
    call.depth = depth
    call.rows = count
    call.columns = columns
    call.b = b
    call.b_panel = depth * PackedMatrix.panel
    call.c = c
    call.c_row = cRow
    run(&call, a, stride, count)
  }

  /// c += aᵀ · b, where a has `count` rows of scores.
  private func columns(
    _ a: UnsafePointer<Float>, _ count: Int, by b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>
  ) {
    var call = ek_gemm()
    call.transposed = 1
    call.depth = count
    call.rows = room.keys
    call.columns = room.size
    call.b = b
    call.b_panel = count * PackedMatrix.panel
    call.c = c
    call.c_row = width
    call.accumulate = 1
    run(&call, a, room.row, count)
  }

  private func run(_ call: inout ek_gemm, _ a: UnsafePointer<Float>, _ stride: Int, _ count: Int) {
    call.taps = 1
    call.b_row = PackedMatrix.panel
    call.c_panel = PackedMatrix.panel
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: count) { table in
      for row in 0..<count { table[row] = a + row * stride }
      call.table = table.baseAddress.map { UnsafePointer($0) }
      kernels.gemm(&call)
    }
  }
}
