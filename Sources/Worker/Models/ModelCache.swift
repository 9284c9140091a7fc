package import EmoGen
package import Engine
import Synchronization
package import Vocabulary

/// The models that stay loaded between jobs; the least recently used one is evicted first.
///
/// The key of a model is the digest of its files as loaded, its folder and the files added to it, as jobs name them, so
/// that a changed folder is loaded again for a batch that requires the new files, and so is another variant of the
/// weights.
package final class ModelCache: Sendable {
  private struct Entry {
    let folder: String
    /// The added files as jobs name them; the pipeline has them where they are on this machine.
    let additions: Additions
    let pipeline: EmoGenPipeline
  }

  private let capacity: Int
  private let compute: Compute
  /// Ordered by use; the most recently used is last.
  private let entries = Mutex<[Entry]>([])

  package init(capacity: Int, compute: Compute) {
    self.capacity = max(1, capacity)
    self.compute = compute
  }

  /// The loaded model of a job. Blocks while it loads: call it on the rendering thread.
  ///
  /// - Parameters:
  ///   - variant: which of several weights of the folder are read.
  ///   - digest: the required digest of the folder.
  ///   - additions: the files to add, with their digests.
  ///   - located: finds an added file on this machine.
  ///   - notice: called before the model is loaded, with each thing that was assumed when it was recognised.
  ///   - onBlock: called after each part is loaded; throwing stops the load.
  /// - Throws: `CheckpointError`; ``ModelMismatch`` if the files differ from those that the batch was enqueued for.
  package func pipeline(
    folder: String, variant: String? = nil, digest: String, additions: Additions,
    located: (AddedFile) throws -> AddedFile = { $0 }, notice: (String) -> Void = { _ in }, onBlock: () throws -> Void
  ) throws -> EmoGenPipeline {
    if let known = use(folder, digest, additions) { return known }
    makeRoom()
    let model = try ModelFolder(folder, variant: variant)
    model.notes.forEach(notice)
    let pipeline = try EmoGenPipeline.load(
      model, additions: try additions.map(located), on: compute, onBlock: onBlock)
    guard pipeline.model.digest == digest else { throw ModelMismatch(loaded: pipeline.model, wanted: digest) }
    entries.withLock { $0.append(Entry(folder: folder, additions: additions, pipeline: pipeline)) }
    return pipeline
  }

  private func use(_ folder: String, _ digest: String, _ additions: Additions) -> EmoGenPipeline? {
    entries.withLock { entries in
      guard
        let index = entries.firstIndex(where: {
          $0.folder == folder && $0.pipeline.model.digest == digest && $0.additions == additions
        })
      else { return nil }
      let entry = entries.remove(at: index)
      entries.append(entry)
      return entry.pipeline
    }
  }

  /// Evicts before loading, so that memory holds at most `capacity` models.
  private func makeRoom() {
    entries.withLock { entries in
      while entries.count >= capacity { entries.removeFirst() }
    }
  }
}

/// The files of a model folder differ from those that a batch was enqueued for.
package struct ModelMismatch: Error {
  /// The digest of the files as loaded.
  package let loaded: ModelDescription
  /// The digest that the batch requires.
  package let wanted: String
}
