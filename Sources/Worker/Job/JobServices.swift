import Engine
import Farm
import Files

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
  let rendering: BlockingExecutor
  /// Encodes and stores images while the next pass renders.
  let storing: BlockingExecutor
  let blocks: BlockLog
  /// Called at each point of a job, on the thread that does the work; blocks where the worker is to be held.
  let hold: @Sendable (WorkPoint) -> Void
  let notify: @Sendable (WorkerNotice) -> Void
}
