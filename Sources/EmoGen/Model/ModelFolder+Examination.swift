import Checkpoints
import Diffusion
import Engine
import Loaders
import Vocabulary

extension ModelFolder {
  /// Loads everything that a render would load, with weights that are only examined: checksums of the files that have
  /// any, names and shapes of all tensors, and whether every value is finite. Memory holds one matrix at a time.
  ///
  /// - Parameter onPart: called with each part before it is read; throwing stops the examination.
  /// - Throws: `CheckpointError` or `SamplerError` that names the file and the tensor or key.
  package func examine(onPart: (String) throws -> Void = { _ in }) throws {
    defer { StoragePool.trim() }
    let defaults = try defaults
    _ = try Sampler(defaults.sampler, configuration: scheduler(for: defaults), steps: defaults.steps)
    _ = try ModelNetworks(self, AdaptedModel(base), opening: { try $0.examining() }, before: onPart)
  }
}
