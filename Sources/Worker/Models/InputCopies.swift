package import Farm
import Files
import Foundation
import Synchronization
package import Vocabulary

/// What jobs read, on this machine, from the farm's store: `<home>/models/<digest>`, where the digest is that of a list of
/// files. A single file is a list of one.
///
/// Processes share the copies: a lock for each lets one process fetch it while the others wait, and is shared by those
/// that use it. A fetch that was interrupted goes on where it stopped, and each file is compared with its digest. What
/// was not used for longest makes room.
package final class InputCopies: Sendable {
  private let folder: String
  private let archive: InputArchive
  private let limit: Int64
  /// The worker's name, for reports.
  private let host: String
  /// Files that were damaged in the store, with the version that was.
  private let damaged = Mutex<[String: String]>([:])

  /// - Parameters:
  ///   - home: the data folder.
  ///   - limit: the bytes that all copies may take.
  package init(home: String, archive: InputArchive, limit: Int64, host: String) {
    folder = "\(home)/models"
    self.archive = archive
    self.limit = limit
    self.host = host
  }

  /// The copy of a model or folder, fetched if it is not here; nil if the store does not have it. Blocks.
  ///
  /// - Parameter onProgress: called whenever more of it has arrived; throwing stops the fetch.
  /// - Throws: `FarmError`, and what `onProgress` throws.
  package func copy(of digest: String, onProgress: () throws -> Void = {}) throws -> InputCopy? {
    try copy(digest, onProgress) { try archive.contents(of: digest) }
  }

  /// The copy of a file, or of the files directly in a folder; as above.
  package func copy(of file: AddedFile, onProgress: () throws -> Void = {}) throws -> InputCopy? {
    guard let sha256 = file.sha256 else { return nil }
    func list(_ bytes: Int64) -> FileList {
      FileList(files: [ModelFile(path: file.name, bytes: Int(bytes), sha256: sha256)], entry: file.name)
    }
    let single = list(0).digest
    if try !isHere(sha256) {
      let copy = try copy(single, onProgress) { try archive.size(of: sha256).map { list($0) } }
      if let copy { return copy }
    }
    return try copy(of: sha256, onProgress: onProgress)
  }

  /// Whether the store has a model or folder.
  func isStored(_ digest: String) throws -> Bool { try archive.contents(of: digest) != nil }

  /// Whether the store has a file or folder.
  func isStored(_ file: AddedFile) throws -> Bool {
    guard let sha256 = file.sha256 else { return false }
    return try archive.size(of: sha256) != nil || isStored(sha256)
  }

  /// Removes a copy whose files turned out to be damaged, and ends its use.
  package func discard(_ copy: InputCopy) throws {
    defer { copy.release() }
    try Self.files { () throws(FileError) in try Self.remove(copy.place) }
  }

  private func copy(
    _ digest: String, _ onProgress: () throws -> Void, _ list: () throws -> FileList?
  ) throws -> InputCopy? {
    try Self.files { () throws(FileError) in try Folder.make(folder) }
    let place = "\(folder)/\(digest)"
    while true {
      let (lock, isAlone) = try lock(digest, onProgress)
      if try !isHere(digest) {
        guard isAlone else { continue }
        guard let list = try list() else { return nil }
        try makeRoom(list.bytes, besides: digest)
        try fetch(list, to: place, onProgress)
      }
      try Self.files { () throws(FileError) in
        do throws(SystemError) {
          try lock.share()
        } catch {
          throw FileError("\(place).lock", "cannot be shared", error)
        }
      }
      // Another process may have made room before the lock was shared.
      if let known = try listed(place), Folder.isFolder(place) { return InputCopy(place, known, lock) }
    }
  }

  /// Waits for a copy's lock, or for a share of it if the copy is complete; marks the copy as used.
  private func lock(_ digest: String, _ onProgress: () throws -> Void) throws -> (FileLock, isAlone: Bool) {
    let path = "\(folder)/\(digest).lock"
    var arrived: Int64 = 0
    while true {
      let alone = try Self.files { () throws(FileError) in try FileLock(ifFree: path) }
      let shared =
        try alone == nil && isHere(digest)
        ? Self.files { () throws(FileError) in try FileLock(sharing: path) } : nil
      if let lock = alone ?? shared {
        _ = try Self.files { () throws(FileError) in try File.touch(path) }
        return (lock, alone != nil)
      }
      // Another process's progress is this one's, too.
      let now = try Self.files { () throws(FileError) in try Self.size("\(folder)/\(digest).part") }
      if now != arrived { try onProgress() }
      arrived = now
      Thread.sleep(forTimeInterval: 0.2)
    }
  }

  /// Whether a complete copy is on this machine.
  private func isHere(_ digest: String) throws -> Bool {
    try listed("\(folder)/\(digest)") != nil && Folder.isFolder("\(folder)/\(digest)")
  }

  /// The files of a complete copy; nil if there is none.
  private func listed(_ place: String) throws -> FileList? {
    guard let bytes = try Self.files({ () throws(FileError) in try File.contents("\(place).json") }) else { return nil }
    return try? JSONDecoder().decode(FileList.self, from: Data(bytes))
  }

  private func fetch(_ list: FileList, to place: String, _ onProgress: () throws -> Void) throws {
    let objects = list.objects
    try fetch(packs: objects.filter(\.isPack), into: "\(place).part", onProgress)
    for object in objects where !object.isPack { try fetch(object.file, into: "\(place).part", onProgress) }
    let text = Array(try JSONEncoder().encode(list))
    try Self.files { () throws(FileError) in
      try Self.remove(below: "\(place).part/\(Self.done)")
      try DurableFile.write(text, to: "\(place).json")
      try File.move("\(place).part", to: place)
    }
  }

  /// The folder of the names of packs that are complete.
  private static let done = ".packs"

  /// Fetches files that are stored together, several packs at the same time.
  private func fetch(packs: [FileList.Object], into folder: String, _ onProgress: () throws -> Void) throws {
    let rest = packs.filter { !File.exists("\(folder)/\(Self.done)/\($0.file.sha256)") }
    try ReadAhead.forEach(rest, width: InputArchive.mostPacks) { [self] pack in
      // What was damaged on its way is read once more.
      try isKnownAsDamaged(pack.file) ? nil : archive.read(pack) ?? archive.read(pack)
    } _: { pack, parts in
      guard let parts = try parts.get() else { throw try damage(of: pack.file) }
      try Self.files { () throws(FileError) in
        for (file, bytes) in parts {
          let path = "\(folder)/\(file.path)"
          try Folder.make(Folder.parent(of: path))
          try File.write(Array(bytes), to: path)
        }
        try Folder.make("\(folder)/\(Self.done)")
        try Folder.syncVolume(of: folder)
        try DurableFile.write([], to: "\(folder)/\(Self.done)/\(pack.file.sha256)")
      }
      try onProgress()
    }
  }

  /// Fetches a file under its name, which it gets when it is complete.
  private func fetch(_ file: ModelFile, into folder: String, _ onProgress: () throws -> Void) throws {
    let path = "\(folder)/\(file.path)"
    guard !File.exists(path) else { return }
    guard try !isKnownAsDamaged(file) else { throw try damage(of: file) }
    for attempt in 1...2 {
      let part = try Self.files { () throws(FileError) in
        try Folder.make(Folder.parent(of: path))
        return try GrowingFile("\(path).part", atMost: Int64(file.bytes))
      }
      try archive.read(file, from: part.bytes) { bytes in
        try Self.files { () throws(FileError) in try part.append(bytes) }
        try onProgress()
      }
      let digest = try Self.files { () throws(FileError) in try part.finish() }
      if digest == file.sha256 {
        return try Self.files { () throws(FileError) in try File.move("\(path).part", to: path) }
      }
      try Self.files { () throws(FileError) in try File.remove("\(path).part") }
      if attempt == 2 { throw try damage(of: file) }
    }
  }

  /// Whether a file was damaged in the store and was not sent again since.
  private func isKnownAsDamaged(_ file: ModelFile) throws -> Bool {
    guard let known = damaged.withLock({ $0[file.sha256] }) else { return false }
    return try archive.version(of: file.sha256) == known
  }

  /// The error for a file that is damaged in the store, which is reported and remembered.
  private func damage(of file: ModelFile) throws -> FarmError {
    let version = try archive.version(of: file.sha256)
    damaged.withLock { $0[file.sha256] = version }
    return archive.report(file, by: host)
  }

  /// Removes the copies that were not used for longest, until another one fits.
  private func makeRoom(_ bytes: Int64, besides digest: String) throws {
    guard bytes <= limit else {
      throw FarmError(
        .diskFull,
        "what the job reads has \(bytes) bytes, and copies from the store may take \(limit) on this machine: raise "
          + "model_cache_bytes")
    }
    try Self.files { () throws(FileError) in
      var copies: [(place: String, bytes: Int64, used: timespec)] = []
      for name in try Folder.names(in: folder) where name.hasSuffix(".lock") && name != "\(digest).lock" {
        let place = "\(folder)/\(name.dropLast(5))"
        guard let used = try File.status("\(place).lock")?.st_mtim else { continue }
        copies.append((place, try Self.size(place) + Self.size("\(place).part"), used))
      }
      copies.sort { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) }
      var total = copies.reduce(bytes) { $0 + $1.bytes }
      for copy in copies where total > limit {
        // A process that fetches or loads it holds its lock; one that has loaded it keeps the files open.
        guard let lock = try FileLock(ifFree: "\(copy.place).lock") else { continue }
        try Self.remove(copy.place)
        total -= copy.bytes
        withExtendedLifetime(lock) {}
      }
      guard total <= limit else {
        throw FileError(
          .full, file: folder,
          "copies from the store that are in use take the \(limit) bytes of model_cache_bytes: raise it, or wait")
      }
    }
  }

  /// Removes a copy, complete or not; its lock file stays.
  private static func remove(_ place: String) throws(FileError) {
    try File.remove("\(place).json")
    for folder in [place, "\(place).part"] { try remove(below: folder) }
  }

  private static func remove(below folder: String) throws(FileError) {
    let entries = try Folder.entries(below: folder)
    for file in entries.files { try File.remove("\(folder)/\(file)") }
    for inner in entries.folders.reversed() { try Folder.removeIfEmpty("\(folder)/\(inner)") }
    try Folder.removeIfEmpty(folder)
  }

  /// The bytes of the files below a folder.
  private static func size(_ folder: String) throws(FileError) -> Int64 {
    var bytes: Int64 = 0
    for file in try Folder.entries(below: folder).files { bytes += Int64(File.size("\(folder)/\(file)") ?? 0) }
    return bytes
  }

  private static func files<T>(_ body: () throws(FileError) -> T) throws(FarmError) -> T {
    do throws(FileError) {
      return try body()
    } catch {
      throw FarmError(error)
    }
  }
}

/// A copy on this machine, which stays while this value exists, unless it is discarded.
package final class InputCopy: Sendable {
  /// The folder of its files.
  let place: String
  /// The folder or file.
  package let path: String
  private let lock: Mutex<FileLock?>

  init(_ place: String, _ list: FileList, _ lock: FileLock) {
    self.place = place
    path = list.entry.isEmpty ? place : "\(place)/\(list.entry)"
    self.lock = Mutex(lock)
  }

  fileprivate func release() { lock.withLock { $0 = nil } }
}
