import Engine
import Farm
import Files
import Signing

/// Services that all jobs of a worker share.
struct JobServices: Sendable {
  let database: FarmDatabase
  let store: ArtifactStore
  let storeLine: StoreLine
  /// Where finished images wait for a store over a network; nil for one on a volume.
  let spool: Spool?
  let line: ServerLine
  let models: ModelCache
  let classifiers: ClassifierCache
  /// What came from the store.
  let copies: InputCopies
  /// In place of models; nil in a farm.
  let renderer: (@Sendable (ClaimedJob) -> any ImageRenderer)?
  /// Nil if this host has no signing key.
  let signer: ImageSigner?
  let compute: Compute
  /// The data folder, at which relative folders of trainings start.
  let home: String
  let engineKind: String
  let lease: Duration
  /// Runs rendering and training.
  let rendering: BlockingExecutor
  /// Encodes and stores images while the next pass renders.
  let storing: BlockingExecutor
  let blocks: BlockLog
  let warnings: RecentWarnings
  let meters: WorkerMeters
  /// Called at each point of a job, on the thread that does the work; may block to hold the worker there.
  let hold: @Sendable (WorkPoint) -> Void
  let notify: @Sendable (WorkerNotice) -> Void
}
