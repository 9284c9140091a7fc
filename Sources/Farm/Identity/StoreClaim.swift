import Files
import Foundation

/// Decides whether a store is a farm's own, without I/O.
///
/// A store with a marker belongs to the farm that the marker names. A farm whose store was ever marked accepts no store
/// without a marker, because the mount point of a share that is not mounted looks like an empty store. A farm whose
/// store never was takes one without a marker if it is plainly its own: it holds files of the farm's latest images, or
/// neither the farm has images nor the store files.
package struct StoreClaim: Sendable {
  package enum Decision: Equatable, Sendable {
    case own
    /// The store has no marker yet and may be given this farm's.
    case mark
    case refuse(String)
  }

  /// What a store without a marker holds.
  package enum Contents: Hashable, Sendable {
    case nothing
    /// At least one file of the farm's latest images.
    case latestFiles
    case otherFiles
  }

  private let farm: FarmIdentity
  private let place: String

  /// - Parameter place: the store's folder or address, for messages.
  package init(of farm: FarmIdentity, at place: String) {
    self.farm = farm
    self.place = place
  }

  /// - Parameter contents: called only for a store without a marker.
  package func decide(marker: StoreMarker?, contents: () throws -> Contents) rethrows -> Decision {
    if let marker {
      return marker.farm == farm.id ? .own : .refuse(foreign(marker))
    }
    if farm.storeMarked != nil { return .refuse(Self.unmarked(farm.name, place)) }
    switch (try contents(), farm.latestFiles.isEmpty) {
    case (.latestFiles, _), (.nothing, true): return .mark
    case (_, false): return .refuse(strange)
    case (_, true): return .refuse(taken)
    }
  }

  private func foreign(_ marker: StoreMarker) -> String {
    "the store \(place) belongs to the farm \(marker.farm.uuidString.lowercased()) (marked \(marker.made)), but the "
      + "database holds the farm \(farm.name): name the right data folder (EMOFARM_HOME) or the right database "
      + "(EMOFARM_DATABASE_URL); to give the store to this farm for good, run: emofarm store adopt"
  }

  /// The store of a running farm has no marker.
  static func unmarked(_ farm: String, _ place: String) -> String {
    "the store \(place) has no marker (\(StoreMarker.name)) of the farm \(farm), which has used its store before: mount "
      + "the volume that belongs there; if this folder really is its store, run: emofarm store adopt"
  }

  private var strange: String {
    "the store \(place) has no marker and holds none of the latest \(farm.latestFiles.count) images of the farm "
      + "\(farm.name): mount the volume that belongs there, or name the right data folder (EMOFARM_HOME); if this folder "
      + "really is its store, run: emofarm store adopt"
  }

  private var taken: String {
    "the store \(place) already holds files without a marker, and the farm \(farm.name) has no image yet: name a data "
      + "folder of its own (EMOFARM_HOME); if the files are this farm's, run: emofarm store adopt"
  }
}
