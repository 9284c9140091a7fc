import Files
import Foundation
import Synchronization

/// Checks, while a program uses a store in a bucket, that its marker still names the farm.
///
/// A bucket does not vanish under its address as a mounted share does, so the marker is read again only every few seconds.
final class BucketGuard: StoreOwner {
  private static let interval = Duration.seconds(5)

  private let farm: UUID
  private let store: BucketStore
  private let checked = Mutex<ContinuousClock.Instant?>(nil)

  init(farm: UUID, store: BucketStore) {
    self.farm = farm
    self.store = store
  }

  func check() throws(FarmError) {
    if let checked = checked.withLock({ $0 }), ContinuousClock.now - checked < Self.interval { return }
    let start = ContinuousClock.now
    guard let bytes = try store.get(ArtifactName.marker) else {
      throw FarmError(.storeRefused, StoreClaim.unmarked(farm.uuidString.lowercased(), store.place))
    }
    let named = try StoreMarker(bytes, at: store.describe(ArtifactName.marker)).farm
    guard named == farm else {
      throw FarmError(
        .storeRefused,
        "the store \(store.place) now belongs to the farm \(named.uuidString.lowercased()) instead of "
          + "\(farm.uuidString.lowercased()): name the right store")
    }
    checked.withLock { $0 = start }
  }

  func check(holds name: String, bytes: Int) throws(FarmError) {}
}
