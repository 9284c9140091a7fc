import Farm

/// The farm as a command uses it: settings, database and files.
struct FarmSession {
  let settings: FarmSettings
  let database: FarmDatabase

  var batches: BatchStore { database.batches }

  func store() throws -> ArtifactStore { try ArtifactStore(home: settings.home) }
}
