import CLibPQ

extension PostgresConnection {
  /// Loads rows into a table through COPY and returns how many there were: all or none of them.
  ///
  /// Throws ``PostgresError``; `invalidParameter` names the row of a value that cannot be sent.
  @discardableResult
  package func copyIn(
    table: String,
    columns: [String],
    rows: sending some Sequence<[any PostgresBindable]>
  ) async throws -> Int {
    let names = columns.map(SQL.quote(identifier:)).joined(separator: ", ")
    let statement = "COPY \(SQL.quote(identifier: table)) (\(names)) FROM STDIN"
    return try await interruptible { interrupt in
      let link = try usable()
      do {
        return try link.copyIn(statement, columns: columns.count, rows, interrupt)
      } catch {
        if link.isBroken { close() }
        throw error
      }
    }
  }
}

extension Link {
  private static let chunk = 1 << 16

  func copyIn(
    _ statement: String, columns: Int, _ values: some Sequence<[any PostgresBindable]>, _ interrupt: Interrupt
  ) throws -> Int {
    try send { PQsendQuery($0, statement) }
    guard let answer = try nextResult(interrupt) else {
      throw PostgresError(.unexpectedResult, "COPY gave no result", statement: statement)
    }
    guard answer.status == PGRES_COPY_IN else {
      _ = try collect(statement, interrupt)
      throw PostgresError.server(answer, statement: statement)
    }
    do {
      try sendRows(values, columns: columns, statement, interrupt)
    } catch let error as PostgresError where error.code == .connectionLost {
      throw error
    } catch {
      try endCopy("the client gave up")
      _ = try? collect(statement, nil)
      throw error
    }
    try endCopy(nil)
    return try rows(statement, interrupt).affectedRows
  }

  private func sendRows(
    _ rows: some Sequence<[any PostgresBindable]>, columns: Int, _ statement: String, _ interrupt: Interrupt
  ) throws {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(Self.chunk * 2)
    for (index, row) in rows.enumerated() {
      if interrupt.isRaised { throw CancellationError() }
      do {
        guard row.count == columns else {
          throw PostgresError(.invalidParameter, "\(row.count) values for \(columns) columns")
        }
        try CopyText.append(row, to: &buffer)
      } catch let error as PostgresError {
        throw PostgresError(error.code, "row \(index): \(error.message)", statement: statement)
      }
      if buffer.count >= Self.chunk { try put(&buffer) }
    }
    try put(&buffer)
  }

  /// Sends the buffer, waits until the socket took it, and empties it.
  private func put(_ buffer: inout [UInt8]) throws {
    while true {
      let queued = buffer.withUnsafeBytes { bytes in
        PQputCopyData(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
      }
      if queued < 0 { throw lost() }
      try drive(nil) { true }
      if queued > 0 { break }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func endCopy(_ failure: String?) throws {
    while true {
      let queued = PQputCopyEnd(handle, failure)
      if queued < 0 { throw lost() }
      if queued > 0 { return }
      try drive(nil) { true }
    }
  }
}
