import Admin
import Farm

/// The farm as a command uses it: settings, database and files.
struct FarmSession {
  let settings: FarmSettings
  let database: FarmDatabase

  var batches: BatchStore { database.batches }

  /// Whether a worker is alive that can do the batch's jobs, or the batch needs none.
  func hasWorker(for status: BatchStatus) async throws -> Bool {
    guard WorkerAbsence.concerns(status) else { return true }
    return try await database.workers.areAnyLive(for: status.id)
  }

  /// The store, if it is this farm's.
  func store(for use: FarmDatabase.StoreUse = .reading) async throws -> ArtifactStore {
    try await database.openStore(settings.store, for: use)
  }

  /// Bytes that this user can write to the store's volume, whosever store it is; nil if it has no such limit.
  func freeBytes() throws -> Int64? { try settings.store.freeBytes() }
}
