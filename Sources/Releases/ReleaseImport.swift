import Checkpoints

/// Converts files of EmoGen's authors, or of trainings with their code, to parts of a model folder. The files are
/// PyTorch checkpoints and pickles, which are read without executing anything in them.
package enum ReleaseImport {
  /// Recognises the files by their content and writes those of `emotion_space`, `emotion_encoder`, `emotion_classifier`
  /// and `mapper` that they provide, and `import.json`, which records the origin of each part.
  ///
  /// - Parameters:
  ///   - sources: files, or folders that contain them.
  ///   - folder: the model folder; created if it is missing.
  ///   - picture: how an encoder's input images are prepared.
  ///   - replacing: whether existing parts are overwritten.
  /// - Returns: the record of the written files.
  /// - Throws: `CheckpointError` naming the file and its problem; nothing is written then.
  package static func run(
    _ sources: [String], into folder: String, picture: EncoderPicture = EncoderPicture(), replacing: Bool = false
  ) throws -> ImportRecord {
    let releases = try ReleaseSources.files(sources).map { try ReleaseFile(path: $0) }
    let parts = [
      try SpaceImport.part(releases), try ConfidenceImport.part(releases), try EncoderImport.part(releases, picture),
      try ClassifierImport.part(releases), try MapperImport.part(releases),
    ]
    return try ImportTarget(folder: folder).write(parts.compactMap { $0 }, replacing: replacing)
  }
}
