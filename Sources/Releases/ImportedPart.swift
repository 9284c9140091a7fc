import Checkpoints
import Files

/// A part of a model folder, converted from a release and not yet written.
struct ImportedPart {
  /// The kind of part for messages, such as `emotion encoder`.
  let what: String
  /// All in one folder.
  let files: [ImportedFile]
  private let load: (String) throws -> Void

  /// - Parameter load: builds the part's network, if it has one, from the written files below a folder.
  init(_ what: String, _ files: [ImportedFile], load: @escaping (String) throws -> Void = { _ in }) {
    self.what = what
    self.files = files
    self.load = load
  }

  /// Checks that the network that will read the files loads them from below `folder`.
  ///
  /// - Throws: `CheckpointError` naming the release's file and the tensor that is missing, unexpected or misshapen.
  func check(below folder: String) throws {
    do {
      try load(folder)
    } catch let error as CheckpointError {
      // The loader's advice assumes a handwritten config.json; this one is derived from the tensors.
      let reason = error.message.split(separator: ". Check that config.json").first ?? "it does not load"
      throw CheckpointError(
        error.code, file: files.first?.sources.first?.path ?? error.file,
        "is not a complete \(what): \(ForeignName.shown(reason, limit: 1000))")
    }
  }
}
