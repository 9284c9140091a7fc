import Glibc

/// The right to write a folder: one process at a time, until it ends in whatever way.
final class FolderLock {
  let descriptor: Int32

  /// - Parameters:
  ///   - making: makes the folder where it is missing.
  ///   - target: what messages call the folder.
  /// - Throws: `DatasetError` (`folder`) while another process holds the lock.
  init(_ path: String, making: Bool, for target: String) throws {
    while true {
      if making { try FileSystem.makeFolder(path) }
      let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if folder < 0, errno == ENOENT, making { continue }
      guard folder >= 0 else { throw FileSystem.failure("open the folder", path) }
      guard flock(folder, LOCK_EX | LOCK_NB) == 0 else {
        close(folder)
        throw DatasetError(.folder, "another export is writing into \(target): wait until it has finished")
      }
      // Whoever held the lock before may have given the folder another name after it was opened here.
      if Self.same(folder, path) {
        descriptor = folder
        return
      }
      close(folder)
      guard making else { throw DatasetError(.folder, "another export has just replaced \(target): export again") }
    }
  }

  deinit { close(descriptor) }

  private static func same(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
      && (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
  }
}
