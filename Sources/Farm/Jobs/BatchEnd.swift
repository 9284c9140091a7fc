import Files
import Imaging
import Postgres

/// The end of a batch that accepts no near-duplicates: when every other job is done, they are looked for, and what is
/// found is rendered again.
///
/// Runs in the transaction that would end the batch, under the lock of its row, so that no other worker decides at the same
/// time and a worker that is killed leaves the batch as it was. Each round looks at a set of images that is complete, in the
/// order of their indices: its result depends on the images alone.
struct BatchEnd: Sendable {
  let batch: Int64

  struct Reopened: Sendable {
    /// Jobs that are ready again.
    let jobs: Int
    let fold: Fold
  }

  /// Rejects near-duplicates, if a batch is about to be done and asks for that.
  ///
  /// - Parameters:
  ///   - before: the batch's state before.
  ///   - after: the state that the event at hand leads to.
  /// - Returns: what the batch's counters lose; nil if nothing was found.
  func rejectDuplicates(
    _ before: BatchState, _ after: BatchState, _ connection: PostgresConnection
  ) async throws -> Reopened? {
    // A batch that is being cancelled renders nothing more.
    guard after == .done, !before.isFinished, before != .cancelling,
      let row = try await connection.query(DuplicateSQL.limit(batch)).first
    else { return nil }
    let least = try row.double("least")
    let rows = try await connection.query(DuplicateSQL.hashes(batch)).map {
      (try $0.int("cell"), try $0.int("idx"), PerceptualHash(bits: UInt64(bitPattern: try $0.int64("phash"))))
    }
    let found = try await BlockingExecutor.run {
      var found: [(index: Int, likeness: Double)] = []
      for (_, cell) in Dictionary(grouping: rows, by: \.0).sorted(by: { $0.key < $1.key }) where cell.count > 1 {
        for duplicate in PerceptualHash.repeats(among: cell.map(\.2), least: least) {
          found.append((cell[duplicate.position].1, duplicate.likeness))
        }
      }
      return found
    }
    guard !found.isEmpty else { return nil }
    let taken = try await connection.query(
      DuplicateSQL.reject(batch, found.map(\.index), likenesses: found.map(\.likeness))
    ).only()
    guard try taken.int("images") > 0 else { return nil }
    return Reopened(
      jobs: try taken.int("jobs"), fold: try Fold(try await connection.query(TallySQL.fold(batch)).only()))
  }
}
