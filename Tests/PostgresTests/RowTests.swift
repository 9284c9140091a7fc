import Foundation
import Postgres
import TestSupport
import Testing

/// A decoding error names the column and the reason.
@Suite struct RowTests {
  @Test func errorsNameColumnAndType() async throws {
    try await withConnection { connection in
      let row = try await connection.query("SELECT 'secret' AS word, NULL::int AS hole, 3.5::numeric AS half").only()
      let wrong = #expect(throws: PostgresError.self) { try row.int("word") }
      #expect(wrong?.code == .decoding)
      #expect(wrong?.message == "column \"word\" of type text holds a value that cannot be read as Int")
      let null = #expect(throws: PostgresError.self) { try row.int("hole") }
      #expect(null?.message == "column \"hole\" is NULL, but a value of Int was expected")
      let missing = #expect(throws: PostgresError.self) { try row.int("nowhere") }
      #expect(missing?.message == "there is no column \"nowhere\": the row has word, hole, half")
      #expect(throws: PostgresError.self) { try row.int(7) }
      let fraction = #expect(throws: PostgresError.self) { try row.int("half") }
      #expect(fraction?.message.contains("numeric") == true)
      #expect(try row.double(2) == 3.5)
    }
  }

  @Test func resultsAreCollectionsWithCounts() async throws {
    try await withConnection { connection in
      let numbers = try await connection.query("SELECT n FROM generate_series(1, 1000) AS n")
      #expect(numbers.count == 1000)
      #expect(try numbers.map { try $0.int("n") } == Array(1...1000))
      #expect(throws: PostgresError.self) { try numbers.only() }
      try await connection.query("CREATE TABLE t (n bigint)")
      let inserted = try await connection.query("INSERT INTO t SELECT generate_series(1, 5) RETURNING n")
      #expect(inserted.affectedRows == 5)
      #expect(inserted.count == 5)
      #expect(try await connection.query("UPDATE t SET n = 0 WHERE n > 2").affectedRows == 3)
      #expect(try await connection.query("SELECT FROM t WHERE n = 99").isEmpty)
    }
  }

  @Test func timesAreReadInUTCInEveryServerTimeZone() async throws {
    try await withConnection { connection in
      let row = try await connection.query(
        """
        SELECT timestamptz '1969-12-31 23:59:59.25+00' AS before, timestamptz '2000-02-29 12:00:00+02' AS leap,
          timestamptz '0001-01-01 00:00:00+00' AS first, timestamptz 'infinity' AS never
        """
      ).only()
      #expect(try row.date("before").timeIntervalSince1970 == -0.75)
      #expect(try row.date("leap").timeIntervalSince1970 == 951_818_400)
      #expect(try row.date("first").timeIntervalSince1970 == -62_135_596_800)
      #expect(throws: PostgresError.self) { try row.date("never") }
      for date in [try row.date("before"), try row.date("leap"), try row.date("first")] {
        let seconds = try await connection.query("SELECT extract(epoch FROM \(date))").only().double(0)
        #expect(seconds == date.timeIntervalSince1970)
      }
    }
  }
}
