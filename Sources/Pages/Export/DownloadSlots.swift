import Files
import Synchronization

/// Bounds how many datasets are sent at the same time: each reads whole images as fast as its client takes them.
final class DownloadSlots: Sendable {
  static let width = 4

  private let taken = Mutex(0)

  /// A place among the downloads, until it is released.
  final class Slot: Sendable {
    private let slots: DownloadSlots

    fileprivate init(_ slots: DownloadSlots) { self.slots = slots }

    deinit { slots.taken.withLock { $0 -= 1 } }
  }

  /// - Throws: ``PageError`` (`busy`) if there is no place.
  func take() throws(PageError) -> Slot {
    let isFree = taken.withLock { taken in
      guard taken < Self.width else { return false }
      taken += 1
      return true
    }
    guard isFree else {
      throw PageError(.busy, "\(Self.width) datasets are being downloaded: try again when one of them is complete")
    }
    return Slot(self)
  }
}
