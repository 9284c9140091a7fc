import Engine
import Farm

/// What every job of a worker uses.
struct JobServices: Sendable {
  let database: FarmDatabase
  let store: ArtifactStore
  let line: ServerLine
  let models: ModelCache
  let compute: Compute
  /// The data folder, which relative folders of trainings are taken from.
  let home: String
  let engineKind: String
  let lease: Duration
  /// Renders, and trains.
  let rendering: DedicatedThread
  /// Encodes and stores images while the next pass renders.
  let storing: DedicatedThread
  let blocks: BlockLog
  let notify: @Sendable (WorkerNotice) -> Void
}
