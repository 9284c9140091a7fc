import Farm

/// What every job of a worker uses.
struct JobServices: Sendable {
  let database: FarmDatabase
  let store: ArtifactStore
  let line: ServerLine
  let models: ModelCache
  let engineKind: String
  let lease: Duration
  let rendering: DedicatedThread
  /// Encodes and stores images while the next pass renders.
  let storing: DedicatedThread
  let blocks: BlockLog
  let notify: @Sendable (WorkerNotice) -> Void
}
