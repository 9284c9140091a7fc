package import Vocabulary

/// What a client asks for: which images, of which model, how many; or which training.
///
/// The written form (YAML or JSON) is described by `config/batch.schema.json`; ``init(parsing:named:)`` reads it and
/// ``json`` writes it.
package struct BatchSpec: Hashable, Sendable {
  package var name: String
  /// The registered model; nil for the farm's default.
  package var model: String?
  /// Makes enqueueing idempotent: the same key names the same batch for ever.
  package var key: String?
  /// Image i of the batch has the seed that ``ImageSeed`` gives it; a training draws everything random from it.
  package var seed: UInt64
  /// Higher goes first.
  package var priority: Int
  /// Images of a job.
  package var chunk: Int
  /// Crashes and failures after which a job is quarantined.
  package var maxAttempts: Int
  package var settings: SettingsOverride
  /// Empty where the batch is a training.
  package var cells: [CellSpec]
  /// Its seed is the batch's.
  package var training: TrainingPlan?

  package static let defaultChunk = 8
  package static let defaultAttempts = 3

  package init(
    name: String, model: String? = nil, key: String? = nil, seed: UInt64 = 0, priority: Int = 0,
    chunk: Int = BatchSpec.defaultChunk, maxAttempts: Int = BatchSpec.defaultAttempts,
    settings: SettingsOverride = SettingsOverride(), cells: [CellSpec] = [], training: TrainingPlan? = nil
  ) {
    self.name = name
    self.model = model
    self.key = key
    self.seed = seed
    self.priority = priority
    self.chunk = chunk
    self.maxAttempts = maxAttempts
    self.settings = settings
    self.cells = cells
    self.training = training
  }
}
