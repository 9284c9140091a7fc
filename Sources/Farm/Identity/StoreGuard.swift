import Files
import Foundation
import Synchronization

/// Checks, while a program uses a store in a folder, that the folder still is the farm's store: a share that is unmounted
/// under a running worker leaves an empty folder under the same path.
///
/// A check opens the folder and examines the marker in it, and reads the marker only if it is another file than last
/// time: some microseconds on a local disk, and two or three round trips to a file server.
package final class StoreGuard: StoreOwner {
  private let farm: UUID
  /// The folder that contains the marker and the folders of images.
  private let folder: String
  private let seen = Mutex<Stamp?>(nil)

  /// Tells one marker file from another without reading it.
  private struct Stamp: Equatable {
    let device: UInt64
    let inode: UInt64
    let changed: Int
    let changedNanoseconds: Int
  }

  init(farm: UUID, folder: String) {
    self.farm = farm
    self.folder = folder
  }

  /// - Throws: ``FarmError``: `storeRefused` if the marker is absent or another farm's, `fileSystem`.
  package func check() throws(FarmError) {
    let store = try open()
    defer { close(store) }
    try check(store)
  }

  /// Also checks that a file which was just written is in that folder, and not in one that was mounted over it or that it
  /// was mounted over.
  package func check(holds name: String, bytes: Int) throws(FarmError) {
    let store = try open()
    defer { close(store) }
    try check(store)
    var found = stat()
    let path = "\(Folder.parent(of: folder))/\(name)"
    guard fstatat(store, String(path.dropFirst(folder.count + 1)), &found, 0) == 0, found.st_size == bytes else {
      throw FarmError(
        .storeRefused,
        "\(path) was written, but the store does not hold it: its volume was mounted or unmounted at the same time")
    }
  }

  private func open() throws(FarmError) -> Int32 {
    let store = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if store >= 0 { return store }
    throw errno == ENOENT ? unmarked : FarmError(FileError(folder, "the store cannot be opened"))
  }

  private func check(_ store: Int32) throws(FarmError) {
    let marker = openat(store, StoreMarker.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    let place = "\(folder)/\(StoreMarker.name)"
    guard marker >= 0 else {
      throw errno == ENOENT ? unmarked : FarmError(FileError(place, "cannot be opened"))
    }
    defer { close(marker) }
    var found = stat()
    guard fstat(marker, &found) == 0 else { throw FarmError(FileError(place, "cannot be examined")) }
    let stamp = Stamp(
      device: UInt64(found.st_dev), inode: UInt64(found.st_ino), changed: found.st_ctim.tv_sec,
      changedNanoseconds: found.st_ctim.tv_nsec)
    guard seen.withLock({ $0 }) != stamp else { return }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.read(
        from: marker, expecting: Int(clamping: found.st_size), atMost: StoreMarker.largestBytes)
    } catch {
      throw FarmError(FileError(place, "cannot be read", error))
    }
    let named = try StoreMarker(bytes, at: place).farm
    guard named == farm else {
      throw FarmError(
        .storeRefused,
        "the store \(folder) now belongs to the farm \(named.uuidString.lowercased()) instead of "
          + "\(farm.uuidString.lowercased()): mount the right volume there")
    }
    seen.withLock { $0 = stamp }
  }

  private var unmarked: FarmError {
    FarmError(.storeRefused, StoreClaim.unmarked(farm.uuidString.lowercased(), folder))
  }
}
