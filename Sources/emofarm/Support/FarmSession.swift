import Admin
import Farm

/// The farm as a command uses it: settings, database and files.
struct FarmSession {
  let settings: FarmSettings
  let database: FarmDatabase

  var batches: BatchStore { database.batches }

  /// Whether a worker is alive, or the batch needs none.
  func hasWorker(for status: BatchStatus) async throws -> Bool {
    guard WorkerAbsence.concerns(status) else { return true }
    return try await database.workers.areAnyLive()
  }

  func store() throws -> ArtifactStore { try ArtifactStore(home: settings.home) }
}
