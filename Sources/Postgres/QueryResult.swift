/// The rows of a statement, copied out of libpq's memory.
package struct QueryResult: Sendable {
  /// One result column.
  package struct Column: Hashable, Sendable {
    package let name: String
    package let type: PostgresType
  }

  /// What all rows share: one buffer of values, row after row.
  final class Storage: Sendable {
    let columns: [Column]
    let bytes: [UInt8]
    /// Where value `row * columns + column` lies in `bytes`; empty and negative for NULL.
    let ranges: [(start: Int, count: Int)]

    init(columns: [Column], bytes: [UInt8], ranges: [(start: Int, count: Int)]) {
      self.columns = columns
      self.bytes = bytes
      self.ranges = ranges
    }
  }

  let storage: Storage

  /// How many rows there are.
  package let count: Int

  /// Rows that an INSERT, UPDATE, DELETE, COPY or SELECT touched; 0 for other commands.
  package let affectedRows: Int

  package var columns: [Column] { storage.columns }

  /// The only row.
  ///
  /// Throws ``PostgresError`` (`unexpectedRows`) if there is none or more than one.
  package func only() throws -> PostgresRow {
    guard count == 1 else {
      throw PostgresError(.unexpectedRows, "the statement gave \(count) rows where exactly one was expected")
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
