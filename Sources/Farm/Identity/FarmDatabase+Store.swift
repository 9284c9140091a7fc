package import Files
import Foundation
import Postgres

extension FarmDatabase {
  /// What a program does with the store.
  package enum StoreUse: Sendable {
    case reading
    /// Writing or deleting files: the farm's first such program marks the store.
    case writing
  }

  /// Opens the store in a data folder if it is this farm's.
  ///
  /// - Parameter gates: as in ``ArtifactStore/init(home:owner:gates:)``.
  /// - Throws: ``FarmError``: `storeRefused` if the store is another farm's or has no marker: see ``StoreClaim``.
  package func openStore(
    home: String, for use: StoreUse, gates: DebugGates = DebugGates()
  ) async throws -> ArtifactStore {
    let farm = try await identity()
    let unguarded = ArtifactStore(home: home, gates: gates)
    let isMarked = try await BlockingExecutor.run { try Self.claim(unguarded, for: farm, use) }
    guard isMarked else { return unguarded }
    if farm.storeMarked == nil, use == .writing { try await noteMarker() }
    return ArtifactStore(home: home, owner: StoreGuard(farm: farm.id, folder: unguarded.root), gates: gates)
  }

  /// Gives a store to this farm, whatever its marker says, and returns the marker that it had.
  package func adoptStore(home: String) async throws -> StoreMarker? {
    let farm = try await identity()
    let store = ArtifactStore(home: home)
    let earlier = try await BlockingExecutor.run {
      // A marker that cannot be understood is replaced, too.
      let earlier = try? store.marker()
      _ = try store.mark(StoreMarker(farm: farm.id), replacing: true)
      return earlier
    }
    try await noteMarker()
    try await events.append(
      .warning, "store.adopted",
      detail: ["folder": store.root, "farm_before": earlier?.farm.uuidString.lowercased() ?? "none"])
    return earlier
  }

  /// Returns whether the store has the farm's marker; blocks on the disk.
  private static func claim(_ store: ArtifactStore, for farm: FarmIdentity, _ use: StoreUse) throws -> Bool {
    let claim = StoreClaim(of: farm, at: store.root)
    func decide(_ marker: StoreMarker?) throws -> StoreClaim.Decision {
      try claim.decide(marker: marker) { try store.contents(latest: farm.latestFiles) }
    }
    switch try decide(store.marker()) {
    case .own: return true
    case .mark where use == .reading: return false
    case .mark:
      if case .refuse(let reason) = try decide(store.mark(StoreMarker(farm: farm.id))) {
        throw FarmError(.storeRefused, reason)
      }
      return true
    case .refuse(let reason): throw FarmError(.storeRefused, reason)
    }
  }

  private func noteMarker() async throws {
    _ = try await pool.withConnection { try await $0.query(IdentitySQL.noteMarker) }
  }
}
