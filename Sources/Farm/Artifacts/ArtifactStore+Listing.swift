import Files
import Foundation

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

  /// The files in one of the ``folders()``, sorted by name; files that come or go meanwhile may or may not be among them.
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

  /// The digest that a file's name says; nil for a file that does not belong into the folder under that name.
  private func digest(of name: String, in folder: String) -> String? {
    guard name.hasSuffix(".png") else { return nil }
    let hex = String(name.dropLast(4))
    return hex.utf8.count == 64 && Hex.decode(hex) != nil && path(hex) == "\(folder)/\(name)" ? hex : nil
  }

  /// Moves a file out of every writer's reach unless it was asked for since `limit`; nil if it was, or has gone.
  ///
  /// It is moved first and looked at afterwards: a renewal either came before, and is seen, or finds no file and writes
  /// the bytes once more.
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

  /// Gives back the files of a folder that a collection had set aside when it ended early.
  ///
  /// A collection that is still running finds such a file gone and does not count it as deleted.
  func giveBack(in folder: String) throws(FarmError) {
    for name in try Self.files({ () throws(FileError) in try Folder.names(in: folder) }) {
      guard let original = FileAside.originalName(of: name), digest(of: original, in: folder) != nil else { continue }
      try FileAside.move("\(folder)/\(name)", back: "\(folder)/\(original)")
    }
  }
}

/// A file of the store that a collection has moved aside, to delete it or to give it back.
struct FileAside {
  let file: StoredFile
  let path: String

  private static let prefix = ".tmp-delete-"
  /// Between what makes the name unique and the file's own name.
  private static let separator: Character = "_"

  init(_ file: StoredFile) {
    self.file = file
    let name = file.sha256.map { "\($0).png" } ?? ""
    path =
      "\(Folder.parent(of: file.path))/\(Self.prefix)\(UInt64.random(in: 0...UInt64.max))\(Self.separator)\(name)"
  }

  /// The name that a file had before it was set aside; nil for another file.
  static func originalName(of name: String) -> String? {
    guard name.hasPrefix(prefix), let separator = name.firstIndex(of: separator) else { return nil }
    return String(name[name.index(after: separator)...])
  }

  /// Deletes the file; false if another collection gave it back meanwhile.
  func delete() throws(FarmError) -> Bool {
    guard unlink(path) == 0 else {
      if errno == ENOENT { return false }
      throw FarmError(FileError(path, "cannot be removed"))
    }
    return true
  }

  func giveBack() throws(FarmError) { try Self.move(path, back: file.path) }

  /// A file of the same name may have been written meanwhile: it has the same bytes and a newer time, so it stays.
  static func move(_ path: String, back original: String) throws(FarmError) {
    try ArtifactStore.files { () throws(FileError) in
      if link(path, original) != 0 {
        switch errno {
        case EEXIST, ENOENT: break
        case EPERM, EOPNOTSUPP:
          // A file system without hard links.
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
