import Files
import Synchronization

/// The local folder of finished images that wait to be sent to a store over a network.
///
/// It outlives no process: a worker that starts again no longer holds the job, and whoever does renders the same bytes.
/// So a process removes what it finds of dead ones instead of sending it.
final class Spool: Sendable {
  /// Bytes that may wait; beyond that, the render waits.
  static let limit = 1 << 30

  private let folder: String
  /// Tells other processes that this folder is in use.
  private let lock: FolderLock?
  private let count = Atomic(0)

  /// - Parameter home: the data folder. Blocks on the disk.
  init(home: String) throws(FileError) {
    let parent = "\(home)/spool"
    for name in try Folder.names(in: parent) { try Self.removeUnused("\(parent)/\(name)") }
    let unique = Hex.encode(withUnsafeBytes(of: UInt64.random(in: 0...UInt64.max)) { Array($0) })
    folder = "\(parent)/\(unique)"
    lock = try FolderLock(ifFree: folder, making: true)
  }

  deinit {
    for name in (try? Folder.names(in: folder)) ?? [] { try? File.remove("\(folder)/\(name)") }
    try? Folder.removeIfEmpty(folder)
  }

  /// Removes the folder of a process that has ended.
  private static func removeUnused(_ path: String) throws(FileError) {
    guard Folder.isFolder(path), let lock = try FolderLock(ifFree: path, making: false) else { return }
    for name in try Folder.names(in: path) { try File.remove("\(path)/\(name)") }
    try Folder.removeIfEmpty(path)
    withExtendedLifetime(lock) {}
  }

  /// Keeps bytes until ``SpooledFile/remove()``. They need not survive a loss of power.
  func add(_ bytes: [UInt8]) throws(FileError) -> SpooledFile {
    let path = "\(folder)/\(count.add(1, ordering: .relaxed).newValue)"
    do throws(FileError) {
      try File.write(bytes, to: path)
    } catch {
      try? File.remove(path)
      throw error
    }
    return SpooledFile(path: path, bytes: bytes.count)
  }
}

/// An image that waits to be sent.
struct SpooledFile: Sendable {
  private let path: String
  let bytes: Int

  fileprivate init(path: String, bytes: Int) {
    self.path = path
    self.bytes = bytes
  }

  func read() throws(FileError) -> [UInt8] { try File.read(path) }
  func remove() { try? File.remove(path) }
}
