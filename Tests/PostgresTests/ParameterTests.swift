import Foundation
import Postgres
import TestSupport
import Testing

/// Values of every type survive a round trip through the server.
@Suite struct ParameterTests {
  @Test func scalarsOfEveryTypeSurviveARoundTrip() async throws {
    try await withConnection { connection in
      let id = UUID()
      let date = Date(timeIntervalSince1970: 1_785_672_896.789012)
      // The three runs are sent unprepared, prepared, and executed from the cache.
      for _ in 0..<3 {
        let row = try await connection.query(
          """
          SELECT \(Int.min) AS int, \(Int32.max) AS int32, \(Int64.max) AS int64, \(UInt64(1) << 62) AS seed,
            \(0.1) AS double, \(true) AS yes, \(false) AS no, \("O'Brien \\ \"q\" 💙 é\n") AS text,
            \([UInt8](0...255)) AS bytes, \(id) AS id, \(date) AS at, \(JSONText(#"{"a": [1]}"#)) AS json
          """
        ).only()
        #expect(try row.int("int") == Int.min)
        #expect(try row.decode("int32", as: Int32.self) == Int32.max)
        #expect(try row.int64("int64") == Int64.max)
        #expect(try row.uint64("seed") == 1 << 62)
        #expect(try row.double("double") == 0.1)
        #expect(try row.bool("yes"))
        #expect(try !row.bool("no"))
        #expect(try row.string("text") == "O'Brien \\ \"q\" 💙 é\n")
        #expect(try row.bytes("bytes") == [UInt8](0...255))
        #expect(try row.decode("id", as: UUID.self) == id)
        let back = try row.date("at")
        #expect(abs(back.timeIntervalSince(date)) < 1e-6)
        #expect(try row.string("json") == #"{"a": [1]}"#)
        #expect(row.columns.map(\.type.description).prefix(3) == ["bigint", "integer", "bigint"])
      }
    }
  }

  @Test func absentValuesAreNull() async throws {
    try await withConnection { connection in
      let row = try await connection.query(
        """
        SELECT \(nil as Int?) AS int, \(nil as String?) AS text, \(nil as [UInt8]?) AS bytes, \(nil as UUID?) AS id,
          \("" as String?) AS empty, \([UInt8]()) AS nothing, \(nil as [Int]?) AS list
        """
      ).only()
      #expect(try row.optionalInt("int") == nil)
      #expect(try row.optionalString("text") == nil)
      #expect(try row.optional("bytes", as: [UInt8].self) == nil)
      #expect(try row.optional("id", as: UUID.self) == nil)
      #expect(try row.optional("list", as: [Int].self) == nil)
      #expect(try row.isNull("list"))
      #expect(try row.string("empty") == "")
      #expect(try row.bytes("nothing") == [])
    }
  }

  @Test func arraysSurviveARoundTrip() async throws {
    try await withConnection { connection in
      let texts = ["plain", "", "NULL", "a,b", "{x}", "\"quoted\"", "back\\slash", "tab\tline\n", "家 💙"]
      let row = try await connection.query(
        """
        SELECT \(texts) AS texts, \([1, -2, Int.max]) AS ints, \([Int]()) AS empty, \([0.5, -.infinity]) AS doubles,
          cardinality(\(["a", nil, "c"])) AS size, \(["a", nil] as [String?]) AS holes
        """
      ).only()
      #expect(try row.strings("texts") == texts)
      #expect(try row.ints("ints") == [1, -2, Int.max])
      #expect(try row.ints("empty") == [])
      #expect(try row.decode("doubles", as: [Double].self) == [0.5, -.infinity])
      #expect(try row.int("size") == 3)
      #expect(throws: PostgresError.self) { try row.strings("holes") }
    }
  }

  @Test func doublesKeepTheirBits() async throws {
    try await withConnection { connection in
      let values: [Double] = [
        0.1 + 0.2, 1e-300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, 1.0 / 3, .infinity, -.infinity,
      ]
      for value in values {
        let back = try await connection.query("SELECT \(value)").only().double(0)
        #expect(back.bitPattern == value.bitPattern)
      }
      let nothing = try await connection.query("SELECT \(Double.nan)").only().double(0)
      #expect(nothing.isNaN)
    }
  }

  @Test func hugeValuesSurviveARoundTrip() async throws {
    try await withConnection { connection in
      let text = String(repeating: "emotion €", count: 1 << 20)
      let bytes = [UInt8](repeating: 0xA5, count: 8 << 20)
      let row = try await connection.query("SELECT \(text) AS text, \(bytes) AS bytes").only()
      #expect(try row.string("text") == text)
      #expect(try row.bytes("bytes") == bytes)
    }
  }

  @Test func unrepresentableValuesAreRefusedWithTheirParameterNumber() async throws {
    try await withConnection { connection in
      for statement: SQL in ["SELECT \(1), \("a\0b")", "SELECT \(1), \(UInt64.max)"] {
        let error = await #expect(throws: PostgresError.self) { try await connection.query(statement) }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.hasPrefix("parameter $2: ") == true)
      }
    }
  }

  @Test func statementsComposeAndParametersAreRenumbered() async throws {
    let condition: SQL = "a = \(1) AND b = \("x")"
    let list = [1, 2].map { "\($0)" as SQL }.joined(separator: ", ")
    var statement: SQL = "SELECT \(true) WHERE \(condition) OR c IN (\(list))"
    statement += " AND \(identifier: "odd \"name\"") = \(unsafeRaw: "now()")"
    #expect(
      statement.text
        == #"SELECT $1 WHERE a = $2 AND b = $3 OR c IN ($4, $5) AND "odd ""name""" = now()"#)
    #expect(statement.parameters.count == 5)
  }

  @Test func injectedSQLStaysAValue() async throws {
    try await withConnection { connection in
      let hostile = "'); DROP TABLE pg_class; --"
      let back = try await connection.query("SELECT \(hostile)").only().string(0)
      #expect(back == hostile)
    }
  }
}
