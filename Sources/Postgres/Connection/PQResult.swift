import CLibPQ

/// A libpq result that is cleared on deinitialisation.
final class PQResult {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    PQclear(pointer)
  }

  var status: ExecStatusType { PQresultStatus(pointer) }

  /// The command's tag, for example `INSERT 0 1`.
  var command: String { String(cString: PQcmdStatus(pointer)) }

  func field(_ code: Int32) -> String? {
    PQresultErrorField(pointer, code).map { String(cString: $0) }
  }

  /// Copies the rows.
  func rows() -> QueryResult {
    let columnCount = PQnfields(pointer)
    let rowCount = PQntuples(pointer)
    let columns = (0..<columnCount).map { column in
      QueryResult.Column(
        name: String(cString: PQfname(pointer, column)), type: PostgresType(rawValue: PQftype(pointer, column)))
    }
    var bytes: [UInt8] = []
    var ranges: [(start: Int, count: Int)] = []
    ranges.reserveCapacity(Int(rowCount) * columns.count)
    for row in 0..<rowCount {
      for column in 0..<columnCount {
        guard PQgetisnull(pointer, row, column) == 0, let value = PQgetvalue(pointer, row, column) else {
          ranges.append((0, -1))
          continue
        }
        let count = Int(PQgetlength(pointer, row, column))
        ranges.append((bytes.count, count))
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: count))
      }
    }
    return QueryResult(
      storage: QueryResult.Storage(columns: columns, bytes: bytes, ranges: ranges), count: Int(rowCount),
      affectedRows: Int(String(cString: PQcmdTuples(pointer))) ?? 0)
  }
}
