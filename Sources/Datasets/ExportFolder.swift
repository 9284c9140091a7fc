import Glibc

/// The folder of an export: its own by a marker file, and of one writer at a time.
final class ExportFolder {
  static let marker = ".emofarm-export.json"

  let path: String
  /// The marker, locked while this value lives.
  private let lock: Int32

  /// Makes or takes over the folder.
  ///
  /// - Parameter batch: What is exported; a folder takes no other.
  /// - Throws: `DatasetError` when the folder holds anything that an export of this batch has not put there, or another
  ///   process writes into it.
  init(_ path: String, batch: String, format: String) throws {
    self.path = path
    try FileSystem.makeFolders(path)
    var line = JSONLine()
    line.add("format", format)
    line.add("batch", batch)
    let expected = Array(line.line.utf8)
    let names = try FileSystem.names(in: path)
    if names.contains(Self.marker) {
      guard try FileSystem.read("\(path)/\(Self.marker)") == expected else {
        throw DatasetError(
          .folder,
          "\(path) holds another export (see \(Self.marker) there): choose another folder"
        )
      }
    } else {
      guard names.allSatisfy({ $0 == ".\(Self.marker)\(DurableFile.suffix)" }) else {
        throw DatasetError(
          .folder, "\(path) is not empty and was not begun by the same export: choose a new or empty folder")
      }
      let file = try DurableFile(Self.marker, in: path)
      try file.write(expected)
      try file.commit()
      try FileSystem.sync(folder: path)
    }
    lock = open("\(path)/\(Self.marker)", O_RDONLY | O_CLOEXEC)
    guard lock >= 0 else { throw FileSystem.failure("open", "\(path)/\(Self.marker)") }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw DatasetError(.folder, "another export is writing into \(path): wait until it has finished")
    }
  }

  deinit {
    if lock >= 0 { close(lock) }
  }
}
