/// Writes a Parquet file in one pass: values as they are (PLAIN), without compression.
///
/// The first column's pages are written as they fill, so that of a row group only the other columns are held in memory.
/// The same rows give the same bytes. Source: the Parquet format, apache/parquet-format.
struct ParquetWriter {
  /// Rows of a row group, and bytes of its first column, at most.
  private static let group = (rows: 1000, bytes: 64 << 20)
  private static let pageBytes = 1 << 20

  private struct Chunk {
    var offset = 0
    var entries = 0
    var bytes = 0
  }

  private let columns: [ParquetColumn]
  private let metadata: [(key: String, value: String)]
  private let write: ([UInt8]) throws -> Void
  private var offset = 0
  private var pages: [ParquetPage]
  private var first = Chunk()
  private var rows = 0
  private var groups: [(chunks: [Chunk], rows: Int)] = []

  /// - Parameter write: takes the file's bytes in their order.
  init(
    _ columns: [ParquetColumn], metadata: [(key: String, value: String)], write: @escaping ([UInt8]) throws -> Void
  ) throws {
    self.columns = columns
    self.metadata = metadata
    self.write = write
    pages = columns.map { _ in ParquetPage() }
    try put(Array("PAR1".utf8))
    first.offset = offset
  }

  /// - Parameter row: a value for each column.
  mutating func append(_ row: [ParquetValue]) throws {
    precondition(row.count == columns.count)
    for (position, value) in row.enumerated() { pages[position].add(value, to: columns[position]) }
    rows += 1
    if pages[0].values.count >= Self.pageBytes { try flushFirst() }
    if rows == Self.group.rows || first.bytes >= Self.group.bytes { try endGroup() }
  }

  /// Writes the rest of the rows and the metadata.
  mutating func finish() throws {
    if rows > 0 { try endGroup() }
    let footer = footer
    try put(footer + withUnsafeBytes(of: UInt32(footer.count).littleEndian) { Array($0) } + Array("PAR1".utf8))
  }

  private mutating func put(_ bytes: [UInt8]) throws {
    try write(bytes)
    offset += bytes.count
  }

  private mutating func flushFirst() throws {
    let page = pages[0].serialized(columns[0])
    first.entries += pages[0].count
    first.bytes += page.count
    pages[0] = ParquetPage()
    try put(page)
  }

  private mutating func endGroup() throws {
    if pages[0].count > 0 { try flushFirst() }
    var chunks = [first]
    for position in columns.indices.dropFirst() {
      let page = pages[position].serialized(columns[position])
      chunks.append(Chunk(offset: offset, entries: pages[position].count, bytes: page.count))
      pages[position] = ParquetPage()
      try put(page)
    }
    groups.append((chunks, rows))
    rows = 0
    first = Chunk(offset: offset)
  }

  /// `FileMetaData` of parquet.thrift.
  private var footer: [UInt8] {
    var footer = ThriftCompact()
    footer.int32(1, 1)
    footer.structures(2, ParquetSchema.elements(columns)) { $1.write(to: &$0) }
    footer.int64(3, groups.reduce(0) { $0 + $1.rows })
    footer.structures(4, groups) { out, group in
      out.structures(1, Array(zip(columns, group.chunks))) { out, pair in
        let (column, chunk) = pair
        out.int64(2, chunk.offset)
        out.structure(3) {
          $0.int32(1, column.physical)
          $0.int32s(2, [0, 3])
          $0.strings(3, column.leaf)
          $0.int32(4, 0)
          $0.int64(5, chunk.entries)
          $0.int64(6, chunk.bytes)
          $0.int64(7, chunk.bytes)
          $0.int64(9, chunk.offset)
        }
      }
      out.int64(2, group.chunks.reduce(0) { $0 + $1.bytes })
      out.int64(3, group.rows)
    }
    footer.structures(5, metadata) { out, entry in
      out.string(1, entry.key)
      out.string(2, entry.value)
    }
    footer.string(6, "EmoFarm")
    footer.stop()
    return footer.bytes
  }
}

/// An element of the flattened schema tree.
private struct ParquetSchema {
  private enum Repetition: Int { case required, optional, repeated }
  /// Parquet's older name for what the values mean.
  private enum Meaning: Int {
    case text = 0
    case list = 3
  }

  private let name: String
  private var physical: Int?
  private var repetition: Repetition?
  private var children: Int?
  private var meaning: Meaning?

  /// The root, then depth first; columns of one group follow each other.
  static func elements(_ columns: [ParquetColumn]) -> [ParquetSchema] {
    let tops = columns.map { $0.path[0] }.reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
    var elements = [ParquetSchema(name: "schema", children: tops.count)]
    for top in tops {
      let own = columns.filter { $0.path[0] == top }
      if own[0].path.count > 1 {
        elements.append(ParquetSchema(name: top, repetition: .optional, children: own.count))
      }
      for column in own { elements += leaves(of: column) }
    }
    return elements
  }

  private static func leaves(of column: ParquetColumn) -> [ParquetSchema] {
    let name = column.path[column.path.count - 1]
    guard column.kind == .doubles else {
      return [
        ParquetSchema(
          name: name, physical: column.physical, repetition: .optional, meaning: column.kind == .text ? .text : nil)
      ]
    }
    return [
      ParquetSchema(name: name, repetition: .optional, children: 1, meaning: .list),
      ParquetSchema(name: "list", repetition: .repeated, children: 1),
      ParquetSchema(name: "element", physical: column.physical, repetition: .optional),
    ]
  }

  /// `SchemaElement` of parquet.thrift.
  func write(to out: inout ThriftCompact) {
    if let physical { out.int32(1, physical) }
    if let repetition { out.int32(3, repetition.rawValue) }
    out.string(4, name)
    if let children { out.int32(5, children) }
    guard let meaning else { return }
    out.int32(6, meaning.rawValue)
    // A union of empty structures.
    out.structure(10) { $0.structure(meaning == .text ? 1 : 3) { _ in } }
  }
}
