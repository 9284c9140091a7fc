import Foundation
import Postgres
import TestSupport
import Testing

/// COPY takes the same values as parameters do, all rows or none.
@Suite struct CopyTests {
  @Test func awkwardValuesArriveUnchanged() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE \"odd \"\"t\" (n bigint, \"a text\" text, b bytea, l text[], j jsonb)")
      let texts = ["plain", "", "\\N", "\\.", "tab\there", "line\nfeed", "return\r", "back\\slash", "é 💙", "\u{1}"]
      let rows: [[any PostgresBindable]] = texts.enumerated().map { index, text in
        [index, text, Array(text.utf8), [text, "x"], JSONText("{\"k\": 1}")]
      }
      let absent: [any PostgresBindable] = [
        nil as Int?, nil as String?, nil as [UInt8]?, nil as [String]?, nil as JSONText?,
      ]
      let count = try await connection.copyIn(
        table: "odd \"t", columns: ["n", "a text", "b", "l", "j"], rows: rows + [absent])
      #expect(count == texts.count + 1)
      let result = try await connection.query("SELECT * FROM \(identifier: "odd \"t") ORDER BY n NULLS LAST")
      for (row, text) in zip(result, texts) {
        #expect(try row.string("a text") == text)
        #expect(try row.bytes("b") == Array(text.utf8))
        #expect(try row.strings("l") == [text, "x"])
      }
      let last = try #require(result.last)
      #expect(try last.columns.indices.allSatisfy { try last.isNull(.position($0)) })
    }
  }

  @Test func manyRowsArrive() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n bigint, word text)")
      let rows = (0..<200_000).lazy.map { [$0, "word \($0)"] as [any PostgresBindable] }
      #expect(try await connection.copyIn(table: "t", columns: ["n", "word"], rows: rows) == 200_000)
      let row = try await connection.query("SELECT count(*), sum(n) FROM t WHERE word = 'word ' || n").only()
      #expect(try row.int(0) == 200_000)
      #expect(try row.int(1) == 19_999_900_000)
    }
  }

  @Test func aRefusedRowUndoesAllAndTheConnectionGoesOn() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n bigint PRIMARY KEY)")
      let doubled = (0..<50_000).map { [$0 % 40_000] as [any PostgresBindable] }
      let error = await #expect(throws: PostgresError.self) {
        try await connection.copyIn(table: "t", columns: ["n"], rows: doubled)
      }
      #expect(error?.sqlState == .uniqueViolation)
      let wrong = await #expect(throws: PostgresError.self) {
        try await connection.copyIn(table: "t", columns: ["n"], rows: [[1], [1, 2]])
      }
      #expect(wrong?.message == "row 1: 2 values for 1 columns")
      let missing = await #expect(throws: PostgresError.self) {
        try await connection.copyIn(table: "nowhere", columns: ["n"], rows: [[1]])
      }
      #expect(missing?.sqlState == .undefinedTable)
      #expect(try await connection.query("SELECT count(*) FROM t").only().int(0) == 0)
    }
  }

  @Test func aCancelledCopyLoadsNothing() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n bigint)")
      let task = Task {
        let rows = (0..<1_000_000).lazy.map { number -> [any PostgresBindable] in
          if number == 300_000 { withUnsafeCurrentTask { $0?.cancel() } }
          return [number]
        }
        return try await connection.copyIn(table: "t", columns: ["n"], rows: rows)
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await connection.query("SELECT count(*) FROM t").only().int(0) == 0)
    }
  }
}
