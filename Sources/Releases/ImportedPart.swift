import Checkpoints
import Files

/// A part of a model folder, made from a release and not yet written.
struct ImportedPart {
  /// What it is, for messages, such as `emotion encoder`.
  let what: String
  /// All in one folder.
  let files: [ImportedFile]
  private let load: (String) throws -> Void

  /// - Parameter load: builds the network from the written files below a folder, where one can be built here.
  init(_ what: String, _ files: [ImportedFile], load: @escaping (String) throws -> Void = { _ in }) {
    self.what = what
    self.files = files
    self.load = load
  }

  /// Holds the written files below `folder` to what the network wants that will read them.
  ///
  /// - Throws: `CheckpointError` naming the release's file, and the tensor that is missing, unexpected or misshapen.
  func check(below folder: String) throws {
    do {
      try load(folder)
    } catch let error as CheckpointError {
      // The loader's advice is about a config.json that somebody wrote; this one follows from the tensors.
      let reason = error.message.split(separator: ". Check that config.json").first ?? "it does not load"
      throw CheckpointError(
        error.code, file: files.first?.sources.first?.path ?? error.file,
        "makes no whole \(what): \(ForeignName.shown(reason, limit: 1000))")
    }
  }
}
