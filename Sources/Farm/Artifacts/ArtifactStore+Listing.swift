import Files
package import Foundation

extension ArtifactStore {
  /// The folders that hold files, sorted.
  package func folders() throws(FarmError) -> [String] {
    var folders: [String] = []
    try Self.files { () throws(FileError) in
      for outer in try Folder.names(in: root) where outer.utf8.count == 2 {
        for inner in try Folder.names(in: "\(root)/\(outer)") where inner.utf8.count == 2 {
          folders.append("\(root)/\(outer)/\(inner)")
        }
      }
    }
    return folders
  }

  /// The files in one of the ``folders()``, sorted by name. Files written or deleted during the call may be missing.
  package func files(in folder: String) throws(FarmError) -> [StoredFile] {
    try Self.files { () throws(FileError) in
      var files: [StoredFile] = []
      for name in try Folder.names(in: folder) {
        let path = "\(folder)/\(name)"
        guard let found = try File.status(path) else { continue }
        files.append(
          StoredFile(
            sha256: digest(of: name, in: folder), path: path, bytes: Int64(found.st_size), modified: found.modified))
      }
      return files
    }
  }

  /// The digest in a file's name; nil if a file of that name does not belong in the folder.
  private func digest(of name: String, in folder: String) -> String? {
    guard name.hasSuffix(".png") else { return nil }
    let hex = String(name.dropLast(4))
    return hex.utf8.count == 64 && Hex.decode(hex) != nil && path(hex) == "\(folder)/\(name)" ? hex : nil
  }

  /// Moves a file out of every writer's reach; returns nil if a writer renewed it since `limit` or it no longer exists.
  ///
  /// The file is moved first and its time is read afterwards. A concurrent renewal therefore either precedes the move
  /// and is seen, or finds no file and writes the bytes again.
  func setAside(_ file: StoredFile, ifUnusedSince limit: Date) throws(FarmError) -> FileAside? {
    let aside = FileAside(file)
    let found = try Self.files { () throws(FileError) in
      try File.rename(file.path, to: aside.path) ? try File.status(aside.path) : nil
    }
    guard let found else { return nil }
    guard found.modified > limit else { return aside }
    try aside.giveBack()
    return nil
  }

  /// Puts back the files of a folder that an interrupted collection had set aside.
  ///
  /// If another collection is still running, it finds the file missing and does not count it as deleted.
  func giveBack(in folder: String) throws(FarmError) {
    for name in try Self.files({ () throws(FileError) in try Folder.names(in: folder) }) {
      guard let original = FileAside.originalName(of: name), digest(of: original, in: folder) != nil else { continue }
      try FileAside.move("\(folder)/\(name)", back: "\(folder)/\(original)")
    }
  }
}

/// A file that a collection has moved aside, either to delete it or to put it back.
struct FileAside {
  let file: StoredFile
  let path: String

  private static let prefix = ".tmp-delete-"
  /// Separates the unique prefix from the file's original name.
  private static let separator: Character = "_"

  init(_ file: StoredFile) {
    self.file = file
    let name = file.sha256.map { "\($0).png" } ?? ""
    path =
      "\(Folder.parent(of: file.path))/\(Self.prefix)\(UInt64.random(in: 0...UInt64.max))\(Self.separator)\(name)"
  }

  /// The name that a file had before it was set aside; nil if the file was not set aside.
  static func originalName(of name: String) -> String? {
    guard name.hasPrefix(prefix), let separator = name.firstIndex(of: separator) else { return nil }
    return String(name[name.index(after: separator)...])
  }

  /// Deletes the file. Returns false if another collection put it back in the meantime.
  func delete() throws(FarmError) -> Bool {
    guard unlink(path) == 0 else {
      if errno == ENOENT { return false }
      throw FarmError(FileError(path, "cannot be removed"))
    }
    return true
  }

  func giveBack() throws(FarmError) { try Self.move(path, back: file.path) }

  /// A file of the same name may have been written in the meantime. It has the same bytes and a newer time, so it
  /// stays.
  static func move(_ path: String, back original: String) throws(FarmError) {
    try ArtifactStore.files { () throws(FileError) in
      if link(path, original) != 0 {
        switch errno {
        case EEXIST, ENOENT: break
        case EPERM, EOPNOTSUPP:
          // The file system has no hard links.
          if try File.status(original) == nil { _ = try File.rename(path, to: original) }
        default: throw FileError(original, "cannot be put back")
        }
      }
      try File.remove(path)
    }
  }
}

extension stat {
  fileprivate var modified: Date {
    Date(timeIntervalSince1970: Double(st_mtim.tv_sec) + Double(st_mtim.tv_nsec) * 1e-9)
  }
}

/// A file found in the store's folders.
package struct StoredFile: Hashable, Sendable {
  /// nil for a temporary file left by an interrupted write.
  package let sha256: String?
  package let path: String
  package let bytes: Int64
  /// When the file was written, or last renewed by a worker that produced the same bytes again.
  package let modified: Date
}
