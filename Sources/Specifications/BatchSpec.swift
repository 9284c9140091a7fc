package import Vocabulary

/// A client's request: images of a model, or a training.
///
/// The written form (YAML or JSON) is described by `config/batch.schema.json`; ``init(parsing:named:)`` reads it and
/// ``json`` writes it.
package struct BatchSpec: Hashable, Sendable {
  package var name: String
  /// The registered model; nil selects the farm's default.
  package var model: String?
  /// Makes enqueueing idempotent: a key refers to the same batch for ever.
  package var key: String?
  /// The seed from which ``ImageSeed`` derives the seed of each image. A training derives all its random numbers from
  /// it.
  package var seed: UInt64
  /// Higher priorities are served first.
  package var priority: Int
  /// Images per job.
  package var chunk: Int
  /// The number of crashes and failures after which a job is quarantined.
  package var maxAttempts: Int
  /// The labels that a worker must have, sorted.
  package var require: [String]
  /// The folder of classifiers that measure each image where it is made; its digest is that of the files that they read.
  package var measure: AddedFile?
  /// What an image must be to count; nil for anything.
  package var acceptance: Acceptance?
  package var settings: SettingsOverride
  /// Empty if the batch is a training.
  package var cells: [CellSpec]
  /// The plan's seed is the batch's.
  package var training: TrainingPlan?

  package static let defaultChunk = 8
  package static let defaultAttempts = 3

  package init(
    name: String, model: String? = nil, key: String? = nil, seed: UInt64 = 0, priority: Int = 0,
    chunk: Int = BatchSpec.defaultChunk, maxAttempts: Int = BatchSpec.defaultAttempts,
    require: [String] = [], measure: AddedFile? = nil, acceptance: Acceptance? = nil,
    settings: SettingsOverride = SettingsOverride(), cells: [CellSpec] = [], training: TrainingPlan? = nil
  ) {
    self.name = name
    self.model = model
    self.key = key
    self.seed = seed
    self.priority = priority
    self.chunk = chunk
    self.maxAttempts = maxAttempts
    self.require = require
    self.measure = measure
    self.acceptance = acceptance
    self.settings = settings
    self.cells = cells
    self.training = training
  }
}
