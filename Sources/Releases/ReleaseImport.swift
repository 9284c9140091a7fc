import Checkpoints

/// Makes the parts of a model folder from files that EmoGen's authors, or trainings with their code, left: PyTorch's and
/// pickles, read without running anything in them.
package enum ReleaseImport {
  /// Recognises the files by what they hold and writes `emotion_space`, `emotion_encoder`, `emotion_classifier` and
  /// `mapper`, as far as they are there, and `import.json`, which says what came from where.
  ///
  /// - Parameters:
  ///   - sources: files, or folders of them.
  ///   - folder: made where it is missing.
  ///   - picture: how an encoder's pictures are prepared.
  ///   - replacing: whether parts that are there are overwritten.
  /// - Returns: the record of what was written.
  /// - Throws: `CheckpointError` naming the file and what is wrong with it; nothing is written then.
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
