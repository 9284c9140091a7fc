import CLibPQ

extension Link {
  /// Passes a statement to libpq; `body` returns 0 on failure, like the `PQsend…` functions.
  func send(_ body: (OpaquePointer) -> Int32) throws {
    try settleCancellation()
    guard body(handle) == 0 else { return }
    if isBroken { throw lost() }
    throw PostgresError(
      .unexpectedResult, "libpq did not accept the statement: \(String(cString: PQerrorMessage(handle)).trimmed)")
  }

  /// Reads all results of the sent statements. The first error is thrown once the connection is ready again.
  func collect(_ statement: String, _ interrupt: Interrupt?) throws -> [PQResult] {
    var results: [PQResult] = []
    var failure: PostgresError?
    while let result = try nextResult(interrupt, after: failure) {
      switch result.status {
      case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
        failure = failure ?? .server(result, statement: statement)
      case PGRES_COPY_IN:
        // The COPY is ended with an error; otherwise the server would wait for rows for ever.
        _ = PQputCopyEnd(handle, "this method sends no rows")
        failure = failure ?? Self.unexpectedCopy(statement)
      case PGRES_COPY_OUT, PGRES_COPY_BOTH:
        try discardCopy(interrupt)
        failure = failure ?? Self.unexpectedCopy(statement)
      default: results.append(result)
      }
    }
    if let failure {
      guard isBroken else { throw failure }
      throw PostgresError.lost(failure.message, sqlState: failure.sqlState)
    }
    return results
  }

  /// The rows of the only statement that was sent.
  func rows(_ statement: String, _ interrupt: Interrupt?) throws -> QueryResult {
    guard let result = try collect(statement, interrupt).last else {
      throw PostgresError(.unexpectedResult, "the statement returned no result", statement: statement)
    }
    return result.rows()
  }

  /// The rows of a statement that runs after another one: in one implicit transaction, on one server process and in one
  /// round trip, because both are sent before one Sync.
  func rows(of statement: BoundStatement, after prelude: BoundStatement, _ interrupt: Interrupt?) throws -> QueryResult
  {
    guard PQenterPipelineMode(handle) == 1 else { throw lost("libpq cannot send two statements at once") }
    do {
      try send { prelude.send($0) }
      try send { statement.send($0) }
      try send { PQpipelineSync($0) == 1 ? 1 : 0 }
    } catch {
      // What was sent of the pipeline cannot be taken back.
      throw lost("\(error)")
    }
    var last: PQResult?
    var failure: PostgresError?
    reading: while true {
      // Between the results of two statements there is a nil.
      guard let result = try nextResult(interrupt, after: failure) else {
        guard !isBroken else { throw failure.map { .lost($0.message, sqlState: $0.sqlState) } ?? lost() }
        continue
      }
      switch result.status {
      case PGRES_PIPELINE_SYNC: break reading
      case PGRES_PIPELINE_ABORTED: continue
      case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
        failure = failure ?? .server(result, statement: statement.text)
        if isBroken { throw PostgresError.lost(failure?.message ?? "", sqlState: failure?.sqlState) }
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: throw lost("COPY cannot be run through a pooler")
      default: last = result
      }
    }
    guard PQexitPipelineMode(handle) == 1 else { throw lost() }
    if let failure { throw failure }
    guard let last else {
      throw PostgresError(.unexpectedResult, "the statement returned no result", statement: statement.text)
    }
    return last.rows()
  }

  private func discardCopy(_ interrupt: Interrupt?) throws {
    while true {
      var row: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(handle, &row, 1)
      PQfreemem(row)
      if count < 0 { return }
      guard count == 0 else { continue }
      // libpq does not report itself busy while it waits for more COPY data, so input must be read first.
      var hasRead = false
      try drive(interrupt) {
        defer { hasRead = true }
        return hasRead
      }
    }
  }

  private static func unexpectedCopy(_ statement: String) -> PostgresError {
    PostgresError(
      .unexpectedResult, "COPY cannot be run as a query", hint: "pass arrays and unnest them",
      statement: statement)
  }
}

extension PostgresError {
  /// Whether a prepared plan no longer matches its tables (after a migration on another connection).
  var meansStalePlan: Bool {
    sqlState == .featureNotSupported && message.contains("cached plan") || sqlState == "26000"
  }
}
