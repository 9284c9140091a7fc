import EmoGen
import Farm
import Files
import Logging
import Vocabulary

extension ImageJobRun {
  /// Loads the job's model from its path or, on a machine without that, from the farm's store. Blocks.
  func loadModel() throws -> any ImageRenderer {
    if let renderer = services.renderer { return renderer(job) }
    guard !File.exists(job.model.folder) else { return try loadModel(at: job.model.folder) }
    for attempt in 1...2 {
      // The copy is locked while this value exists.
      guard let copy = try copyOfTheModel() else { break }
      do {
        return try loadModel(at: copy.path)
      } catch is ModelMismatch where attempt == 1 {
        // The copy was whole when it was made.
        logger.warning("a copied model is damaged: it is fetched again", metadata: ["path": "\(copy.path)"])
        try services.copies.discard(copy)
      }
    }
    return try loadModel(at: job.model.folder)
  }

  private func copyOfTheModel() throws -> InputCopy? {
    services.notify(.busy)
    return try services.copies.copy(of: job.model.digest) { try blockFinished(nil) }
  }

  private func loadModel(at path: String) throws -> EmoGenPipeline {
    // The copies of added files are locked while this value exists.
    let files = inputs()
    defer { withExtendedLifetime(files) {} }
    return try services.models.pipeline(
      folder: path, variant: job.model.variant, digest: job.model.digest, additions: job.settings.additions,
      located: { try files.locate($0) }, notice: { logger.notice("\(path): \($0)") }
    ) {
      services.notify(.busy)
      try blockFinished(nil)
    }
  }

  /// The files that the job names, on this machine.
  func inputs() -> LocatedInputs {
    LocatedInputs(services.copies, notice: { [logger] in logger.warning("\($0)") }) {
      self.services.notify(.busy)
      try self.blockFinished(nil)
    }
  }
}
