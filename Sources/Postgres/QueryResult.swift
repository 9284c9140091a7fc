/// The rows of a statement, copied out of libpq's memory.
package struct QueryResult: Sendable {
  /// A result column.
  package struct Column: Hashable, Sendable {
    package let name: String
    package let type: PostgresType
  }

  /// The storage that all rows share: a single buffer of values, row after row.
  final class Storage: Sendable {
    let columns: [Column]
    let bytes: [UInt8]
    /// The range of value `row * columns + column` in `bytes`; empty and negative for NULL.
    let ranges: [(start: Int, count: Int)]

    init(columns: [Column], bytes: [UInt8], ranges: [(start: Int, count: Int)]) {
      self.columns = columns
      self.bytes = bytes
      self.ranges = ranges
    }
  }

  let storage: Storage

  /// The number of rows.
  package let count: Int

  /// The number of rows affected by an INSERT, UPDATE, DELETE, COPY or SELECT; 0 for other commands.
  package let affectedRows: Int

  package var columns: [Column] { storage.columns }

  /// The only row.
  ///
  /// - Throws: ``PostgresError`` (`unexpectedRows`) if the result does not have exactly one row.
  package func only() throws -> PostgresRow {
    guard count == 1 else {
      throw PostgresError(.unexpectedRows, "the statement returned \(count) rows instead of exactly one")
    }
    return self[0]
  }
}

extension QueryResult: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { count }

  package subscript(position: Int) -> PostgresRow {
    precondition(position >= 0 && position < count, "row \(position) of \(count)")
    return PostgresRow(storage: storage, row: position)
  }
}
