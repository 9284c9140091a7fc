import Postgres

/// A quarantined job with its errors.
package struct StoppedJob: Codable, Hashable, Sendable {
  package let job: Int64
  package let emotion: String?
  package let firstIndex: Int
  package let count: Int
  package let imagesDone: Int
  package let attempt: Int
  /// One line per unsuccessful attempt, oldest first.
  package let errors: [String]

  init(_ row: PostgresRow) throws {
    job = try row.int64("id")
    emotion = try row.optionalString("emotion")
    firstIndex = try row.int("first_index")
    count = try row.int("count")
    imagesDone = try row.int("images_done")
    attempt = try row.int("attempt")
    errors = try row.strings("errors")
  }
}
