import Checkpoints
package import Farm
import Files
import Scoring
package import Specifications
package import Vocabulary

/// The files that a batch names beside its model, for a farm's store: LoRAs, embeddings, VAEs, start pictures, and the
/// classifiers that measure its images.
package struct BatchInputs {
  /// Each once.
  package let files: [AddedFile]
  /// Folders of classifiers.
  private let classifiers: [String]

  package init(_ files: [AddedFile], classifiers: [String] = []) {
    var known: Set<AddedFile> = []
    self.files = files.filter { known.insert($0).inserted }
    self.classifiers = classifiers
  }

  /// - Parameter paths: files, folders that stand for the files in them, and folders of classifiers.
  /// - Throws: `CheckpointError` if there is no such file.
  package init(paths: [String]) throws {
    let isClassifiers = { (path: String) in (try? ImageClassifiers.check(path)) != nil }
    self.init(
      try paths.filter { !isClassifiers($0) }.map { try AddedFile(path: $0).identified() },
      classifiers: paths.filter(isClassifiers))
  }

  package var isEmpty: Bool { files.isEmpty && classifiers.isEmpty }

  /// - Parameter plan: with the digests of its files.
  package init(_ plan: BatchPlan) {
    self.init(
      plan.cells.flatMap { $0.settings.additions.files + [$0.settings.source].compactMap(\.self) },
      classifiers: [plan.spec.measure?.path].compactMap(\.self))
  }

  /// Stores what the store lacks of them; blocks.
  ///
  /// - Parameter onFile: called with each file that is sent.
  /// - Throws: `CheckpointError` if a file can no longer be read, and as ``InputArchive``.
  package func send(
    to archive: InputArchive, care: InputArchive.Care, onFile: (ModelFile) throws -> Void
  ) throws -> SentFiles {
    var sent = SentFiles()
    var single: [(file: ModelFile, path: String)] = []
    for file in files {
      let (parts, root) = try file.files()
      if root == file.path {
        sent.add(try archive.send(FileList(files: parts), root: root, care: care, onFile: onFile))
      } else {
        single += parts.map { ($0, file.path) }
      }
    }
    sent.add(try archive.send(single, care: care, onFile: onFile))
    for folder in classifiers {
      let list = try FileList(folder: folder, parts: ImageClassifiers.parts)
      sent.add(try archive.send(list, root: folder, care: care, onFile: onFile))
    }
    return sent
  }
}

extension SentFiles {
  /// `sent 3 files (1.2 MB) to s3://…; 2 were there`.
  package func words(to store: ArtifactStore) -> String {
    "sent \(Measure.count(files, "file")) (\(Measure.bytes(bytes))) to \(store.place)"
      + (there == 0 ? "" : "; \(there) \(there == 1 ? "was" : "were") there")
  }
}
