import Files
import Postgres
import Vocabulary

/// Has images rendered again whose files were lost or damaged, or are not the images that their rows ask for.
///
/// Their rows are taken back and their jobs queued again, so that workers render exactly the missing indices, as after an
/// interruption. The same engine kind renders the same bytes.
package struct FarmRepair: Sendable {
  private let database: FarmDatabase
  private let store: ArtifactStore
  /// More images than a job has.
  private let pageSize = 8 * Limits.chunk.upperBound

  /// - Parameter store: opened for writing, so that it has its marker: in a store without one, every file might look
  ///   missing because its volume is not mounted.
  package init(database: FarmDatabase, store: ArtifactStore) {
    self.database = database
    self.store = store
  }

  /// Reads every file and takes back the images whose files are of no use.
  ///
  /// - Parameters:
  ///   - batch: only this batch; nil for all.
  ///   - dryRun: report what would be taken back, and change nothing.
  ///   - onImages: called with the number of files examined so far; may throw to stop.
  /// - Throws: ``FarmError``: `storeRefused`, `fileSystem`; `refused` if the batch is being cancelled.
  package func run(
    batch: Int64? = nil, dryRun: Bool = false, onImages: (Int) throws -> Void = { _ in }
  ) async throws -> RepairReport {
    var report = RepairReport()
    var place: (batch: Int64, index: Int) = (-1, -1)
    while true {
      let rows = try await wholeJobs(after: place, batch)
      guard let last = rows.last else { break }
      let faults = try await BlockingExecutor.run { [store] in
        var faults: [FileFault] = []
        try ReadAhead.forEach(Array(rows), width: store.width) {
          try FileFault.find($0, in: store, .whole)
        } _: { _, fault in
          if let fault = try fault.get() { faults.append(fault) }
        }
        return faults
      }
      for (id, faults) in Dictionary(grouping: faults, by: \.batch).sorted(by: { $0.key < $1.key }) {
        report.add(faults)
        if !dryRun { report.add(try await takeBack(id, faults)) }
      }
      report.examined += rows.count
      place = (last.batch, last.index)
      try onImages(report.examined)
    }
    let pool = database.pool
    report.liveEngines = try await pool.withConnection {
      try await $0.query(RepairSQL.liveEngines).only().strings("engines")
    }
    report.outcomes = try await pool.withConnection {
      try RepairOutcomes(try await $0.query(RepairSQL.outcomes(batch)).only())
    }
    return report
  }

  /// The next images, without those of the last job if more of it may follow: a worker may claim a job as soon as some of
  /// its images are taken back, so all of them are taken back at once.
  private func wholeJobs(after place: (batch: Int64, index: Int), _ batch: Int64?) async throws -> ArraySlice<ImageRow>
  {
    let rows = try await database.images.page(after: place, of: batch, limit: pageSize)
    guard rows.count == pageSize, let last = rows.last else { return rows[...] }
    return rows.prefix { $0.job != last.job }
  }

  private func takeBack(_ batch: Int64, _ faults: [FileFault]) async throws -> RepairReport.TakenBack {
    try await database.batches.takeBack(batch, RepairSQL.takeBack(batch, faults), .warning, "batch.repair")
  }
}
