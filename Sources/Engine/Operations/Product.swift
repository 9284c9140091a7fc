import CKernels

/// The right side of a product: panels of columns.
struct ProductPanels {
  let pointer: UnsafePointer<Float>
  /// Floats between two rows of a panel.
  let row: Int
  /// Floats between two panels.
  let panel: Int

  /// Of a packed matrix `[panels, rows, PackedMatrix.panel]`.
  init(_ packed: Tensor) {
    pointer = packed.pointer
    row = PackedMatrix.panel
    panel = packed.shape[1] * PackedMatrix.panel
  }

  /// Of rows as they are, whose length is a multiple of a panel's.
  init(rows: UnsafePointer<Float>, length: Int) {
    pointer = rows
    row = length
    panel = PackedMatrix.panel
  }
}

extension Compute {
  /// Rows of the left side that a piece takes: a block of their depth fits a core's cache beside a panel's.
  private static let rowChunk = 448
  /// Terms of a sum whose addresses are made at a time.
  private static let depthChunk = 2048
  /// Multiply-adds below which waking other threads costs more than it gains.
  private static let worthSharing = 1 << 18

  typealias RowTable = UnsafeMutablePointer<UnsafePointer<Float>?>

  /// y = left · right (+ bias + residual), where `addresses` says where each row of the left side lies.
  ///
  /// A result's bits depend on its row and column alone: pieces are cut as it suits the threads.
  ///
  /// - Parameters:
  ///   - y: `[rows, columns]`.
  ///   - halves: whether both sides hold words of two halves, in which `depth` counts.
  ///   - sums: of `strassenSums`, where that algorithm is to be used.
  ///   - addresses: fills a table `[taps][stride]` with the addresses of rows `range`.
  func product(
    _ y: UnsafeMutablePointer<Float>, rows: Int, columns: Int, taps: Int, depth: Int, by right: ProductPanels,
    bias: Tensor? = nil, residual: Tensor? = nil, halves: Bool = false, sums: Tensor? = nil,
    addresses: (_ range: Range<Int>, _ stride: Int, _ table: RowTable) -> Void
  ) {
    let panels = PackedMatrix.panels(columns)
    let alone = threads == 1 || rows * columns * taps * depth < Self.worthSharing
    let rowPieces = evenly(max(1, (rows + Self.rowChunk - 1) / Self.rowChunk))
    // Strassen's algorithm takes rows and panels in pairs.
    let unit = sums == nil ? 1 : 2
    let columnPieces = alone ? 1 : min(panels / unit, (4 * threads + rowPieces - 1) / rowPieces)
    let terms = (halves ? 2 : 1) * taps * depth
    let work = Profile.Work(
      operations: 2 * Double(rows) * Double(columns) * Double(terms),
      bytes: 4 * (rows * depth + columns * taps * depth + rows * columns))
    forEach(rowPieces * columnPieces, work) { piece, member in
      let own = Self.share(piece / columnPieces, of: rowPieces, rows, by: unit)
      let wide = Self.share(piece % columnPieces, of: columnPieces, panels, by: unit)
      let first = wide.lowerBound * PackedMatrix.panel
      let offset = own.lowerBound * columns + first
      var call = ek_product(
        rows: own.count, depth: depth, columns: min(columns, wide.upperBound * PackedMatrix.panel) - first,
        by: right, from: wide.lowerBound, y + offset, row: columns)
      call.taps = taps
      call.bias = bias.map { $0.pointer + first }
      call.residual = residual.map { $0.pointer + offset }
      Self.withRowTable(taps * own.count) { table in
        addresses(own, own.count, table)
        call.table = UnsafePointer(table)
        multiply(
          &call, halves: halves, sums, from: wide.lowerBound,
          scratch: sums == nil ? nil : scratch(member, Self.strassenScratch))
      }
    }
  }

  /// sum += leftᵀ · right over `depth` rows: the gradient of a packed matrix.
  ///
  /// - Parameters:
  ///   - sum: `[panels, inputs, PackedMatrix.panel]`, of which rows `taps · rows` are added to.
  ///   - addresses: fills a table with the addresses of rows `range` of the left side, as tap `tap` sees them.
  func addTransposedProduct(
    _ sum: Tensor, taps: Int, rows: Int, columns: Int, depth: Int, by right: ProductPanels,
    addresses: (_ tap: Int, _ range: Range<Int>, _ table: RowTable) -> Void
  ) {
    let panels = PackedMatrix.panels(columns)
    let alone = threads == 1 || rows * columns * taps * depth < Self.worthSharing
    // Rows are cut only where panels are few: each cut reads the right side again.
    let columnPieces = alone ? 1 : min(panels, (4 * threads + taps - 1) / taps)
    let rowPieces = alone ? 1 : min((rows + 13) / 14, (4 * threads + taps * columnPieces - 1) / (taps * columnPieces))
    forEach(taps * rowPieces * columnPieces) { piece, _ in
      let tap = piece / (rowPieces * columnPieces)
      let own = Self.share(piece / columnPieces % rowPieces, of: rowPieces, rows)
      let wide = Self.share(piece % columnPieces, of: columnPieces, panels)
      let first = wide.lowerBound * PackedMatrix.panel
      var call = ek_product()
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
          kernels.product(&call)
        }
      }
    }
  }

  /// The rows of `dy` as the right side of a product, packed where a panel would reach over a row's end.
  func withPanels(of dy: Tensor, _ body: (ProductPanels) -> Void) {
    let n = dy.channels
    if n % PackedMatrix.panel == 0 {
      body(ProductPanels(rows: dy.pointer, length: n))
    } else {
      let packed = Tensor(uninitialized: [PackedMatrix.panels(n), dy.rows, PackedMatrix.panel])
      ek_panels(packed.mutablePointer, dy.pointer, n, dy.rows, n)
      body(ProductPanels(packed))
      withExtendedLifetime(packed) {}
    }
  }

  /// A packed matrix with the two sides of each tap exchanged and the taps in reverse: rows (tap, output), columns the
  /// channels.
  func exchanged(_ weight: PackedMatrix, taps: Int) -> Tensor {
    let channels = weight.inputs / taps
    let panels = PackedMatrix.panels(channels)
    let result = Tensor(uninitialized: [panels, taps * weight.outputs, PackedMatrix.panel])
    forEach(panels) { panel, _ in
      ek_exchange(result.mutablePointer, weight.matrix.pointer, weight.outputs, channels, taps, panel)
    }
    return result
  }

  /// What is made of a matrix for a product, kept where its values are fixed and memory allows.
  func prepared(_ kept: KeptTensor?, _ make: () -> Tensor) -> Tensor {
    if let kept, !savesMemory { kept.value(make) } else { make() }
  }

  /// A packed matrix in pairs of halves: `[panels, (inputs + 1) / 2, PackedMatrix.panel]` words.
  func halfPanels(_ weight: PackedMatrix) -> Tensor? {
    weight.kept.map { kept in prepared(kept.halves) { halfPanels(weight.matrix) } }
  }

  /// The same of panels `[…, rows, PackedMatrix.panel]`.
  func halfPanels(_ panels: Tensor) -> Tensor {
    let rows = panels.shape[panels.shape.count - 2]
    let result = Tensor(uninitialized: panels.shape.dropLast(2) + [(rows + 1) / 2, PackedMatrix.panel])
    let size = PackedMatrix.panel
    forEach(panels.count / (rows * size)) { panel, _ in
      result.withWords { words in
        ek_half_panels(words + panel * ((rows + 1) / 2) * size, panels.pointer + panel * rows * size, rows)
      }
    }
    withExtendedLifetime(panels) {}
    return result
  }

  /// Rows in halves: `[…, C]` → `[…, C / 2]` words.
  ///
  /// - Precondition: the channels are even.
  func halved(_ x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape.dropLast() + [x.channels / 2])
    forEachTile(x.count, 1 << 16) { first, count in
      y.withWords { words in
        kernels.halve(
          UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt16.self) + first, x.pointer + first, count)
      }
    }
    withExtendedLifetime(x) {}
    return y
  }

  /// Pieces that cut the same work, but so many that every thread gets as many.
  func evenly(_ pieces: Int) -> Int {
    pieces == 1 ? 1 : (pieces + threads - 1) / threads * threads
  }

  /// The `index`-th of `parts` nearly equal parts of `0..<count`, of whole units.
  static func share(_ index: Int, of parts: Int, _ count: Int, by unit: Int = 1) -> Range<Int> {
    let units = count / unit
    return index * units / parts * unit..<(index + 1) * units / parts * unit
  }

  /// Room for `count` addresses: the caller's own, because small products run on whichever thread asks for them.
  static func withRowTable(_ count: Int, _ body: (RowTable) -> Void) {
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: count) { buffer in
      if let table = buffer.baseAddress { body(table) }
    }
  }
}

extension ek_product {
  /// A product of `rows` rows of one tap by panels `first` and on of the right side.
  ///
  /// - Parameters:
  ///   - c: where the results go.
  ///   - row: floats between two rows of the results.
  init(
    rows: Int, depth: Int, columns: Int, by right: ProductPanels, from first: Int = 0,
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
  /// The storage as words of two halves.
  func withWords(_ body: (UnsafeMutablePointer<UInt32>) -> Void) {
    body(UnsafeMutableRawPointer(mutablePointer).assumingMemoryBound(to: UInt32.self))
  }
}
