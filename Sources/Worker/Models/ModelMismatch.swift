import Vocabulary

/// A model folder holds other files than the ones a batch was enqueued for.
struct ModelMismatch: Error {
  /// The files as they were loaded.
  let loaded: ModelDescription
  /// The digest that the batch names.
  let wanted: String
}
