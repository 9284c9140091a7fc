import CKernels

/// The right operand of a GEMM: panels of columns.
struct GEMMPanels {
  let pointer: UnsafePointer<Float>
  /// Stride between the rows of a panel, in floats.
  let row: Int
  /// Stride between panels, in floats.
  let panel: Int

  /// The panels of a packed matrix `[panels, rows, PackedMatrix.panel]`.
  init(_ packed: Tensor) {
    pointer = packed.pointer
    row = PackedMatrix.panel
    panel = packed.shape[1] * PackedMatrix.panel
  }

  /// The panels of unpacked rows, whose length is a multiple of a panel's width.
  init(rows: UnsafePointer<Float>, length: Int) {
    pointer = rows
    row = length
    panel = PackedMatrix.panel
  }
}

extension Compute {
  /// Rows of the left operand per piece: a depth block of them fits a core's cache together with that of a panel.
  private static let rowChunk = 448
  /// Depth for which row addresses are computed at a time.
  private static let depthChunk = 2048
  /// Below this number of multiply-adds, waking other threads costs more than it gains.
  private static let worthSharing = 1 << 18

  typealias RowTable = UnsafeMutablePointer<UnsafePointer<Float>?>

  /// y = left · right (+ bias + residual); `addresses` gives the address of each row of the left operand.
  ///
  /// The bits of an output depend on its row and column alone, so that the work may be divided as it suits the threads.
  ///
  /// - Parameters:
  ///   - y: `[rows, columns]`.
  ///   - bf16: whether both operands hold words of two bf16 values; `depth` then counts words.
  ///   - sums: from `strassenSums`; nil for the ordinary algorithm.
  ///   - addresses: fills a table `[taps][stride]` with the addresses of the rows `range`.
  func gemm(
    _ y: UnsafeMutablePointer<Float>, rows: Int, columns: Int, taps: Int, depth: Int, by right: GEMMPanels,
    bias: Tensor? = nil, residual: Tensor? = nil, bf16: Bool = false, sums: Tensor? = nil,
    addresses: (_ range: Range<Int>, _ stride: Int, _ table: RowTable) -> Void
  ) {
    let panels = PackedMatrix.panels(columns)
    let alone = threads == 1 || rows * columns * taps * depth < Self.worthSharing
    let rowPieces = evenly(max(1, (rows + Self.rowChunk - 1) / Self.rowChunk))
    // Strassen's algorithm takes rows and panels in pairs.
    let unit = sums == nil ? 1 : 2
    let columnPieces = alone ? 1 : min(panels / unit, (4 * threads + rowPieces - 1) / rowPieces)
    let terms = (bf16 ? 2 : 1) * taps * depth
    let work = Profile.Work(
      operations: 2 * Double(rows) * Double(columns) * Double(terms),
      bytes: 4 * (rows * depth + columns * taps * depth + rows * columns))
    forEach(rowPieces * columnPieces, work) { piece, member in
      let own = Self.share(piece / columnPieces, of: rowPieces, rows, by: unit)
      let wide = Self.share(piece % columnPieces, of: columnPieces, panels, by: unit)
      let first = wide.lowerBound * PackedMatrix.panel
      let offset = own.lowerBound * columns + first
      var call = ek_gemm(
        rows: own.count, depth: depth, columns: min(columns, wide.upperBound * PackedMatrix.panel) - first,
        by: right, from: wide.lowerBound, y + offset, row: columns)
      call.taps = taps
      call.bias = bias.map { $0.pointer + first }
      call.residual = residual.map { $0.pointer + offset }
      Self.withRowTable(taps * own.count) { table in
        addresses(own, own.count, table)
        call.table = UnsafePointer(table)
        multiply(
          &call, bf16: bf16, sums, from: wide.lowerBound,
          scratch: sums == nil ? nil : scratch(member, Self.strassenScratch))
      }
    }
  }

  /// sum += leftᵀ · right over `depth` rows: the gradient of packed weights.
  ///
  /// - Parameters:
  ///   - sum: `[panels, inputs, PackedMatrix.panel]`; the first `taps · rows` rows are changed.
  ///   - addresses: fills a table with the addresses of the rows `range` of the left operand that tap `tap` reads.
  func addTransposedGEMM(
    _ sum: Tensor, taps: Int, rows: Int, columns: Int, depth: Int, by right: GEMMPanels,
    addresses: (_ tap: Int, _ range: Range<Int>, _ table: RowTable) -> Void
  ) {
    let panels = PackedMatrix.panels(columns)
    let alone = threads == 1 || rows * columns * taps * depth < Self.worthSharing
    // Rows are divided only if there are few panels, because each part reads the right operand again.
    let columnPieces = alone ? 1 : min(panels, (4 * threads + taps - 1) / taps)
    let rowPieces = alone ? 1 : min((rows + 13) / 14, (4 * threads + taps * columnPieces - 1) / (taps * columnPieces))
    forEach(taps * rowPieces * columnPieces) { piece, _ in
      let tap = piece / (rowPieces * columnPieces)
      let own = Self.share(piece / columnPieces % rowPieces, of: rowPieces, rows)
      let wide = Self.share(piece % columnPieces, of: columnPieces, panels)
      let first = wide.lowerBound * PackedMatrix.panel
      var call = ek_gemm()
      call.transposed = 1
      call.taps = 1
      call.rows = own.count
      call.columns = min(columns, wide.upperBound * PackedMatrix.panel) - first
      call.b_row = right.row
      call.b_panel = right.panel
      call.c_row = PackedMatrix.panel
      call.c_panel = sum.shape[1] * PackedMatrix.panel
      call.c =
        sum.mutablePointer + wide.lowerBound * call.c_panel + (tap * rows + own.lowerBound) * PackedMatrix.panel
      call.padded = 1
      call.accumulate = 1
      Self.withRowTable(min(depth, Self.depthChunk)) { table in
        for start in stride(from: 0, to: depth, by: Self.depthChunk) {
          let range = start..<min(depth, start + Self.depthChunk)
          addresses(tap, range, table)
          for index in 0..<range.count { table[index] = table[index].map { $0 + own.lowerBound } }
          call.table = UnsafePointer(table)
          call.depth = range.count
          call.b = right.pointer + wide.lowerBound * right.panel + start * right.row
          kernels.gemm(&call)
        }
      }
    }
  }

  /// The rows of `dy` as the right operand of a GEMM, packed if a panel would extend beyond the end of a row.
  func withPanels(of dy: Tensor, _ body: (GEMMPanels) -> Void) {
    let n = dy.channels
    if n % PackedMatrix.panel == 0 {
      body(GEMMPanels(rows: dy.pointer, length: n))
    } else {
      let packed = Tensor(uninitialized: [PackedMatrix.panels(n), dy.rows, PackedMatrix.panel])
      ek_panels(packed.mutablePointer, dy.pointer, n, dy.rows, n)
      body(GEMMPanels(packed))
      withExtendedLifetime(packed) {}
    }
  }

  /// A packed matrix with each tap transposed and the taps reversed: rows (tap, output), columns the channels.
  func exchanged(_ weight: PackedMatrix, taps: Int) -> Tensor {
    let channels = weight.inputs / taps
    let panels = PackedMatrix.panels(channels)
    let result = Tensor(uninitialized: [panels, taps * weight.outputs, PackedMatrix.panel])
    forEach(panels) { panel, _ in
      ek_exchange(result.mutablePointer, weight.matrix.pointer, weight.outputs, channels, taps, panel)
    }
    return result
  }

  /// A transform of a matrix, cached if its values are fixed and memory need not be saved.
  func prepared(_ kept: KeptTensor?, _ make: () -> Tensor) -> Tensor {
    if let kept, !savesMemory { kept.value(make) } else { make() }
  }

  /// A packed matrix in bf16: `[panels, (inputs + 1) / 2, PackedMatrix.panel]` words of two values.
  func bf16Panels(_ weight: PackedMatrix) -> Tensor? {
    weight.kept.map { kept in prepared(kept.bf16) { bf16Panels(weight.matrix) } }
  }

  /// Panels `[…, rows, PackedMatrix.panel]` in bf16.
  func bf16Panels(_ panels: Tensor) -> Tensor {
    let rows = panels.shape[panels.shape.count - 2]
    let result = Tensor(uninitialized: panels.shape.dropLast(2) + [(rows + 1) / 2, PackedMatrix.panel])
    let size = PackedMatrix.panel
    forEach(panels.count / (rows * size)) { panel, _ in
      result.withWords { words in
        ek_bf16_panels(words + panel * ((rows + 1) / 2) * size, panels.pointer + panel * rows * size, rows)
      }
    }
    withExtendedLifetime(panels) {}
    return result
  }

  /// Converts rows to bf16: `[…, C]` → `[…, C / 2]` words of two values.
  ///
  /// - Precondition: C is even.
  func toBF16(_ x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape.dropLast() + [x.channels / 2])
    forEachTile(x.count, 1 << 16) { first, count in
      y.withWords { words in
        kernels.to_bf16(
          UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt16.self) + first, x.pointer + first, count)
      }
    }
    withExtendedLifetime(x) {}
    return y
  }

  /// `pieces` rounded up so that every thread gets the same number of them.
  func evenly(_ pieces: Int) -> Int {
    pieces == 1 ? 1 : (pieces + threads - 1) / threads * threads
  }

  /// The `index`-th of `parts` nearly equal parts of `0..<count`, in whole units.
  static func share(_ index: Int, of parts: Int, _ count: Int, by unit: Int = 1) -> Range<Int> {
    let units = count / unit
    return index * units / parts * unit..<(index + 1) * units / parts * unit
  }

  /// Memory for `count` addresses, on the caller's stack because a small GEMM runs on the thread that calls it.
  static func withRowTable(_ count: Int, _ body: (RowTable) -> Void) {
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: count) { buffer in
      if let table = buffer.baseAddress { body(table) }
    }
  }
}

extension ek_gemm {
  /// A GEMM of `rows` rows with one tap by the panels of the right operand from `first` on.
  ///
  /// - Parameters:
  ///   - c: receives the result.
  ///   - row: stride between the rows of the result, in floats.
  init(
    rows: Int, depth: Int, columns: Int, by right: GEMMPanels, from first: Int = 0,
    _ c: UnsafeMutablePointer<Float>, row: Int
  ) {
    self.init()
    taps = 1
    self.rows = rows
    table_stride = rows
    self.depth = depth
    self.columns = columns
    b = right.pointer + first * right.panel
    b_row = right.row
    b_panel = right.panel
    self.c = c
    c_row = row
    c_panel = PackedMatrix.panel
  }
}

extension Tensor {
  /// The storage as words of two bf16 values.
  func withWords(_ body: (UnsafeMutablePointer<UInt32>) -> Void) {
    body(UnsafeMutableRawPointer(mutablePointer).assumingMemoryBound(to: UInt32.self))
  }
}
