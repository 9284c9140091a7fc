import Checkpoints
import EmoGen
package import Farm
import Files
import Scoring
package import Vocabulary

/// What a suspended worker looks at to see whether its host is repaired.
package enum HostCheck: Hashable, Sendable {
  /// The files that a job reads: its model, the files added to it, the picture that it starts from, and the classifiers
  /// that measure its images.
  case files(ClaimedJob.ClaimedModel, RenderSettings, classifiers: AddedFile?)
  /// Whether a file can be stored.
  case store
  /// Nothing can be looked at: the next job shows it.
  case nextJob

  /// Whether the job is at fault if several hosts agree. A store that accepts nothing, from however many hosts, says
  /// nothing about a job.
  package var mayBeTheJobs: Bool { self != .store }
}

extension JobServices {
  /// Why this host cannot do what the check asks for; nil if it can.
  func problem(with check: HostCheck) async -> String? {
    switch check {
    case .nextJob: return nil
    case .store: return try? await storing.run { [store] in store.problem() }
    case .files(let model, let settings, let classifiers):
      do {
        return try await storing.run { [copies] in
          for file in settings.additions.files + [settings.source].compactMap(\.self) {
            do {
              _ = try file.identified()
            } catch {
              guard try copies.isStored(file) else { throw error }
            }
          }
          if let classifiers, try !copies.isStored(classifiers) {
            let isHere =
              try Folder.isFolder(classifiers.path)
              && FileList(folder: classifiers.path, parts: ImageClassifiers.parts).digest == classifiers.sha256
            if !isHere { throw classifiers.missing }
          }
          if !File.exists(model.folder), try copies.isStored(model.digest) { return nil }
          let digest = try ModelFolder(model.folder, variant: model.variant).describe().digest
          guard digest != model.digest else { return nil }
          return """
            the files of the model '\(model.name)' in \(model.folder) are not those that the batch needs (digest \
            \(digest.prefix(12)) instead of \(model.digest.prefix(12))): restore them
            """
        }
      } catch {
        return "\(error)"
      }
    }
  }
}
