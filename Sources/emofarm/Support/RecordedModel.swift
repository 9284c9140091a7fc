import Admin
import EmoGen
import Farm
import Files
import Postgres
import Provenance
import Vocabulary
import Worker

/// The model that rendered an image, on this machine.
struct RecordedModel {
  let folder: ModelFolder
  /// Keeps a copy from the farm's store while it is used.
  private let copy: InputCopy?

  /// Finds the model that a record names by its digest: the default one, a registered one in its folder, or a copy from the
  /// farm's store, which is fetched as a worker does.
  ///
  /// - Parameter onProgress: called while it is fetched; throwing stops.
  /// - Throws: `AdminError` if none of them is the model.
  init(
    _ record: ProvenanceRecord, _ global: GlobalOptions, _ weights: WeightOptions, onProgress: () throws -> Void
  ) async throws {
    let digest = record.model.digest
    let settings = try await global.settings()
    let given = try DefaultModel.folder(home: settings.home).map { try ModelFolder($0, variant: weights.variant) }
    if let given, try given.describe().digest == digest {
      (folder, copy) = (given, nil)
      return
    }
    let name = record.model.name
    let farm = "the model '\(name)' with the digest \(Measure.digest(digest))…, which rendered the image,"
    // A command that needs no farm does not make one.
    guard settings.databaseURL != nil || File.exists(EmbeddedCluster(home: settings.home).dataFolder) else {
      throw AdminError(
        "\(farm) is not the default one, and there is no farm to look it up in: name it with --model DIR")
    }
    let found = try await global.withFarm { session -> (ModelFolder, InputCopy?)? in
      let registered = try await session.database.models.list().first { $0.digest == digest }
      guard let registered else { return nil }
      if let local = try? ModelFolder(registered.folder, variant: registered.variant),
        (try? local.describe().digest) == digest
      {
        return (local, nil)
      }
      let copies = InputCopies(
        home: settings.home, archive: InputArchive(try await session.store()), limit: settings.modelCacheBytes,
        host: "replay")
      guard let copy = try copies.copy(of: digest, onProgress: onProgress) else { return nil }
      return (try ModelFolder(copy.path, variant: registered.variant), copy)
    }
    guard let found else {
      throw AdminError(
        "\(farm) is neither the default one nor registered with files that are here or in the farm's store: name it with "
          + "--model DIR")
    }
    (folder, copy) = found
  }
}
