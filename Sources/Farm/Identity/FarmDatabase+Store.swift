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

  /// Opens a store if it is this farm's.
  ///
  /// - Parameters:
  ///   - gates: as in ``ArtifactStore/init(_:owner:gates:)``.
  ///   - notice: called, from any thread, with why a request to a store over a network is repeated.
  /// - Throws: ``FarmError``: `storeRefused` if the store is another farm's or has no marker: see ``StoreClaim``.
  package func openStore(
    _ location: StoreLocation, for use: StoreUse, gates: DebugGates = DebugGates(),
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> ArtifactStore {
    let farm = try await identity()
    let unguarded = ArtifactStore(try location.open(notice: notice), gates: gates)
    let isMarked = try await BlockingExecutor.run { try Self.claim(unguarded, for: farm, use) }
    guard isMarked else { return unguarded }
    if farm.storeMarked == nil, use == .writing { try await noteMarker() }
    return ArtifactStore(unguarded.store, owner: unguarded.store.owner(farm.id), gates: gates)
  }

  /// Gives a store to this farm, whatever its marker says, and returns the marker that it had.
  package func adoptStore(_ location: StoreLocation) async throws -> StoreMarker? {
    let farm = try await identity()
    let store = ArtifactStore(try location.open { _ in })
    let earlier = try await BlockingExecutor.run {
      // A marker that cannot be understood is replaced, too.
      let earlier = try? store.marker()
      _ = try store.mark(StoreMarker(farm: farm.id), replacing: true)
      return earlier
    }
    try await noteMarker()
    try await events.append(
      .warning, "store.adopted",
      detail: ["folder": store.place, "farm_before": earlier?.farm.uuidString.lowercased() ?? "none"])
    return earlier
  }

  /// Returns whether the store has the farm's marker; blocks on the disk.
  private static func claim(_ store: ArtifactStore, for farm: FarmIdentity, _ use: StoreUse) throws -> Bool {
    let claim = StoreClaim(of: farm, at: store.place)
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
