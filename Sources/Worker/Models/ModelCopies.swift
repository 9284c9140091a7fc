import Crypto
package import Farm
import Files
import Foundation
import Vocabulary

/// The models on this machine that came from the farm's store: `<home>/models/<digest>`.
///
/// Processes share them: a lock for each model lets one fetch it while the others wait. A fetch that was interrupted goes
/// on where it stopped, and each file is compared with its digest. What was not used for longest makes room.
package final class ModelCopies: Sendable {
  private let folder: String
  private let archive: ModelArchive
  private let limit: Int64

  /// - Parameters:
  ///   - home: the data folder.
  ///   - limit: the bytes that all copies may take.
  package init(home: String, archive: ModelArchive, limit: Int64) {
    folder = "\(home)/models"
    self.archive = archive
    self.limit = limit
  }

  /// The copy of a model, fetched if it is not here; nil if the store does not have the model. Blocks.
  ///
  /// - Parameter onProgress: called whenever more of the model has arrived; throwing stops the fetch.
  /// - Throws: `FarmError`, and what `onProgress` throws.
  package func copy(of digest: String, onProgress: () throws -> Void = {}) throws -> ModelCopy? {
    try Self.files { () throws(FileError) in try Folder.make(folder) }
    let place = "\(folder)/\(digest)"
    let lock = try lock(place, onProgress)
    if let known = try listed(place), Folder.isFolder(place) { return ModelCopy(place, known, lock) }
    guard let contents = try archive.contents(of: digest) else { return nil }
    try makeRoom(contents.bytes, besides: digest)
    for file in contents.all { try fetch(file, into: "\(place).part", onProgress) }
    let list = Array(try JSONEncoder().encode(contents))
    try Self.files { () throws(FileError) in
      try DurableFile.write(list, to: "\(place).json")
      try File.move("\(place).part", to: place)
    }
    return ModelCopy(place, contents, lock)
  }

  /// Whether the store has a model.
  func isStored(_ digest: String) throws -> Bool { try archive.contents(of: digest) != nil }

  /// Removes a copy whose files turned out to be damaged.
  package func discard(_ copy: ModelCopy) throws {
    try Self.files { () throws(FileError) in try Self.remove(copy.place) }
  }

  /// Waits for the model's lock, and marks the model as used.
  private func lock(_ place: String, _ onProgress: () throws -> Void) throws -> FileLock {
    let path = "\(place).lock"
    var arrived: Int64 = 0
    while true {
      if let lock = try Self.files({ () throws(FileError) in try FileLock(ifFree: path) }) {
        _ = try Self.files { () throws(FileError) in try File.touch(path) }
        return lock
      }
      // Another process's progress is this one's, too.
      let now = try Self.files { () throws(FileError) in try Self.size("\(place).part") }
      if now != arrived { try onProgress() }
      arrived = now
      Thread.sleep(forTimeInterval: 0.2)
    }
  }

  /// The files of a complete copy; nil if there is none.
  private func listed(_ place: String) throws -> ModelArchive.Contents? {
    guard let bytes = try Self.files({ () throws(FileError) in try File.contents("\(place).json") }) else { return nil }
    return try? JSONDecoder().decode(ModelArchive.Contents.self, from: Data(bytes))
  }

  /// Fetches a file under its name, which it gets when it is complete.
  private func fetch(_ file: ModelFile, into folder: String, _ onProgress: () throws -> Void) throws {
    let path = "\(folder)/\(file.path)"
    guard !File.exists(path) else { return }
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
      if attempt == 2 {
        throw FarmError(
          .artifactDamaged,
          "the model's \(file.path) in the store does not have the digest of its name: send it again with `emofarm "
            + "models add --upload`")
      }
    }
  }

  /// Removes the copies that were not used for longest, until a model fits.
  private func makeRoom(_ bytes: Int64, besides digest: String) throws {
    guard bytes <= limit else {
      throw FarmError(
        .diskFull,
        "the model has \(bytes) bytes, and copies of models may take \(limit) on this machine: raise model_cache_bytes")
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
          "copies of models that are in use take the \(limit) bytes of model_cache_bytes: raise it, or wait")
      }
    }
  }

  /// Removes a copy, complete or not; its lock file stays.
  private static func remove(_ place: String) throws(FileError) {
    try File.remove("\(place).json")
    for folder in [place, "\(place).part"] {
      let entries = try Folder.entries(below: folder)
      for file in entries.files { try File.remove("\(folder)/\(file)") }
      for inner in entries.folders.reversed() { try Folder.removeIfEmpty("\(folder)/\(inner)") }
      try Folder.removeIfEmpty(folder)
    }
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

/// A copy of a model on this machine, which stays while this value exists.
package final class ModelCopy: Sendable {
  /// The folder of its files.
  let place: String
  /// The model's folder or file.
  package let path: String
  private let lock: FileLock

  init(_ place: String, _ contents: ModelArchive.Contents, _ lock: FileLock) {
    self.place = place
    path = contents.entry.isEmpty ? place : "\(place)/\(contents.entry)"
    self.lock = lock
  }
}
