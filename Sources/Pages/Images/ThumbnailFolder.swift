import Files
import Foundation
import Synchronization

/// Thumbnails on disk, so that an image is made small once and not again after a restart.
///
/// A file is named by the digest of its image, in a folder named by the form of the thumbnails, and appears by a rename:
/// several processes may share the folder. It need not survive a loss of power, because one that is not whole is made
/// again. The folder holds at most a given size, and a little more for each process; what was not used for longest goes first. A
/// folder that cannot be written is said once, and tried again each minute.
package final class ThumbnailFolder: Sendable {
  private struct State {
    /// What the folder held when it was last looked at, and what was added since; nil before the first look.
    var size: Int?
    var added = 0
    var isSweeping = false
    /// Whether it was said that the folder cannot be written.
    var isSaid = false
    var nextTry: ContinuousClock.Instant?
  }

  private let folder: String
  private let limit: Int
  private let minimumFree: Int64
  private let report: @Sendable (String) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - path: created when the first thumbnail is stored.
  ///   - limit: bytes that it may hold.
  ///   - minimumFree: bytes of its volume that are left to others.
  ///   - report: is told once when thumbnails cannot be stored.
  package init(_ path: String, limit: Int, minimumFree: Int64, report: @escaping @Sendable (String) -> Void) {
    folder = path
    self.limit = limit
    self.minimumFree = minimumFree
    self.report = report
  }

  /// A thumbnail; nil if there is none that is whole. Blocks on the disk.
  package func bytes(_ sha256: String) -> [UInt8]? {
    let path = path(sha256)
    // What cannot be read is made again, and then cannot be written either, which is said.
    guard let bytes = try? File.contents(path), Self.isWhole(bytes) else { return nil }
    _ = try? File.touch(path)
    return bytes
  }

  /// Stores a thumbnail if that is possible. Blocks on the disk.
  package func insert(_ sha256: String, _ bytes: [UInt8]) {
    guard state.withLock({ $0.nextTry.map { ContinuousClock.now >= $0 } ?? true }) else { return }
    do {
      try write(bytes, to: path(sha256))
      state.withLock { state in
        state.isSaid = false
        state.nextTry = nil
        state.added += bytes.count
      }
      try sweep()
    } catch {
      let isNew = state.withLock { state in
        defer { state.isSaid = true }
        state.nextTry = ContinuousClock.now + .seconds(60)
        return !state.isSaid
      }
      if isNew { report("thumbnails are kept in memory alone: \(error)") }
    }
  }

  private func path(_ sha256: String) -> String { "\(folder)/\(sha256.prefix(2))/\(sha256).jpg" }

  private func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let parent = Folder.parent(of: path)
    if !Folder.isFolder(parent) { try Folder.make(parent) }
    guard try Folder.freeBytes(at: parent) >= minimumFree else {
      throw FileError(
        .full, file: folder, "is on a volume with less than \(minimumFree) free bytes, which are for images")
    }
    let temporary = "\(parent)/.\(UInt64.random(in: 0...UInt64.max))"
    do throws(FileError) {
      try File.write(bytes, to: temporary)
      _ = try File.rename(temporary, to: path)
    } catch {
      try? File.remove(temporary)
      throw error
    }
  }

  /// Whether a JPEG has its beginning and its end: a file that was cut, or whose bytes never reached the disk, has not.
  private static func isWhole(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0xFF, 0xD8]) && bytes.suffix(2) == [0xFF, 0xD9]
  }

  /// Removes the files that were not used for longest if the folder is too large, down to three quarters, so that this is
  /// rare. Other processes add to the folder, too, so it is looked at again after every eighth of its size.
  private func sweep() throws(FileError) {
    let isDue = state.withLock { state in
      guard !state.isSweeping else { return false }
      state.isSweeping = state.size.map { $0 + state.added > limit || state.added > limit / 8 } ?? true
      return state.isSweeping
    }
    guard isDue else { return }
    var size = 0
    defer {
      state.withLock { state in
        state.isSweeping = false
        (state.size, state.added) = (size, 0)
      }
    }
    var files: [(path: String, size: Int, used: timespec)] = []
    for part in try Folder.names(in: folder) {
      for name in try Folder.names(in: "\(folder)/\(part)") {
        let path = "\(folder)/\(part)/\(name)"
        guard let status = try File.status(path) else { continue }
        files.append((path, Int(status.st_size), status.st_mtim))
        size += Int(status.st_size)
      }
    }
    guard size > limit else { return }
    for file in files.sorted(by: { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) })
    where size > limit / 4 * 3 {
      try File.remove(file.path)
      size -= file.size
    }
  }
}
