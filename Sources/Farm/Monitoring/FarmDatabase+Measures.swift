import Postgres

extension FarmDatabase {
  /// Measures the farm. Each group of numbers comes from one statement.
  ///
  /// - Throws: `PostgresError`.
  package func measures() async throws -> FarmMeasures {
    try await pool.withConnection { connection in
      let jobs = try await connection.query(MeasureSQL.jobs).only()
      let workers = try await connection.query(MeasureSQL.workers)
      let server = try await connection.query(MeasureSQL.database).only()
      let tables = try await connection.query(MeasureSQL.tables)
      return FarmMeasures(
        jobs: try [
          .ready: jobs.int("ready"), .running: jobs.int("running"), .done: jobs.int("done"),
          .failed: jobs.int("failed"), .cancelled: jobs.int("cancelled"),
        ],
        batches: try counts(await connection.query(MeasureSQL.batches)) { try $0.state("state") },
        images: try counts(await connection.query(MeasureSQL.images)) { try $0.string("emotion") },
        oldestQueued: try await connection.query(MeasureSQL.oldestQueued).only().optionalDouble("due"),
        workers: try counts(workers) { try $0.state("state") },
        heldWorkers: try workers.reduce(0) { try $0 + $1.int("held") },
        freeBytes: try workers.compactMap { try $0.optionalInt64("free_bytes") }.min(),
        database: DatabaseMeasures(
          bytes: try server.int64("bytes"), connections: try server.int("connections"),
          connectionLimit: try server.int("connection_limit"),
          oldestSnapshot: try server.double("oldest_snapshot"), oldestIdle: try server.double("oldest_idle"),
          waiting: try server.int("waiting"),
          liveRows: try rows(tables, "live"), deadRows: try rows(tables, "dead")))
    }
  }
}

private func counts<Key: Hashable>(_ rows: QueryResult, by key: (PostgresRow) throws -> Key) throws -> [Key: Int] {
  var counts: [Key: Int] = [:]
  for row in rows { counts[try key(row)] = try row.int("count") }
  return counts
}

private func rows(_ tables: QueryResult, _ column: PostgresRow.ColumnKey) throws -> [String: Int64] {
  var counts: [String: Int64] = [:]
  for row in tables { counts[try row.string("name")] = try row.int64(column) }
  return counts
}
