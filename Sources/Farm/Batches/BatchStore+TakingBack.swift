import Files
import Postgres
import Vocabulary

extension BatchStore {
  /// Takes accepted images back and has their jobs done again, in one transaction under the lock of the batch.
  ///
  /// - Parameter statement: takes the images back, and returns the columns of ``RepairReport/TakenBack``.
  /// - Throws: ``FarmError`` (`refused`) if the batch is being cancelled.
  func takeBack(
    _ batch: Int64, _ statement: SQL, _ level: EventLevel, _ kind: String
  ) async throws -> RepairReport.TakenBack {
    let taken = try await pool.transaction(retries: 3) { connection in
      guard let row = try await connection.query(BatchSQL.lock(batch)).first else {
        return RepairReport.TakenBack()
      }
      var machine = try row.batchMachine()
      if case .refuse(let reason) = machine.handle(.repair(done: 0)) {
        throw FarmError(.refused, "cannot take images of batch \(batch) back: \(reason)")
      }
      let taken = try RepairReport.TakenBack(try await connection.query(statement).only())
      guard taken.images > 0 else { return taken }
      let fold = try Fold(try await connection.query(TallySQL.fold(batch)).only())
      _ = machine.handle(.tallied(done: fold.jobs))
      _ = machine.handle(.repair(done: taken.jobsDone))
      try await connection.query(BatchSQL.commit(batch, machine, images: fold.images))
      try await connection.query(
        EventSQL.append(
          level, kind, batch: batch, detail: ["images": "\(taken.images)", "jobs": "\(taken.jobs)"]))
      return taken
    }
    if taken.images > 0 { await notify(.work, batch) }
    return taken
  }

  /// Rejects accepted images by hand: their indices are tried with their next seeds.
  ///
  /// - Parameter images: as they were looked at; those with another file by now are left alone.
  /// - Returns: what was taken back; images without a try left are not.
  /// - Throws: ``FarmError`` (`refused`) for a batch with one try for each index, where the same seed would give the same
  ///   image, or that is being cancelled.
  package func reject(_ batch: Int64, _ images: [(index: Int, sha256: String)]) async throws -> RepairReport.TakenBack {
    guard let acceptance = try await status(batch).acceptance, acceptance.tries > 1 else {
      throw FarmError(
        .refused,
        "batch \(batch) has one try for each index, and the same seed gives the same image: a specification with accept gives more"
      )
    }
    return try await takeBack(
      batch, RejectSQL.byHand(batch, images.map(\.index), images.map(\.sha256)), .info, "batch.rejected")
  }
}
