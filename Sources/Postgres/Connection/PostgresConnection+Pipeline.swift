import CLibPQ

extension PostgresConnection {
  /// Sends several statements in one round trip and returns their results in order.
  ///
  /// Outside a transaction they are one implicit transaction: all take effect or none. The error of the first
  /// statement that failed is thrown.
  package func pipeline(_ statements: [SQL]) async throws -> [QueryResult] {
    let bound = try statements.map(BoundStatement.init)
    guard !bound.isEmpty else { return [] }
    return try await interruptible { interrupt in
      let link = try usable()
      do {
        return try link.pipeline(bound, interrupt)
      } catch {
        // A connection left in pipeline mode takes no ordinary statement any more.
        if PQpipelineStatus(link.handle) != PQ_PIPELINE_OFF { close() }
        throw error
      }
    }
  }
}

extension Link {
  func pipeline(_ statements: [BoundStatement], _ interrupt: Interrupt?) throws -> [QueryResult] {
    try send(PQenterPipelineMode)
    for statement in statements {
      try send(statement.send)
    }
    try send(PQpipelineSync)
    var results: [QueryResult] = []
    var failure: PostgresError?
    for statement in statements {
      while let result = try nextResult(interrupt, after: failure) {
        switch result.status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: results.append(result.rows())
        case PGRES_PIPELINE_ABORTED: continue
        default: failure = failure ?? .server(result, statement: statement.text)
        }
      }
    }
    while let result = try nextResult(interrupt, after: failure), result.status != PGRES_PIPELINE_SYNC {}
    if isBroken {
      throw failure.map { PostgresError.lost($0.message, sqlState: $0.sqlState) } ?? lost()
    }
    try send(PQexitPipelineMode)
    if let failure { throw failure }
    return results
  }
}
