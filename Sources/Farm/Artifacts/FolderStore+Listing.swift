import Files
package import Foundation
import Synchronization

extension FolderStore {
  package func listing(of area: StoreArea, restoring: Bool) throws(FarmError) -> any StoreListing {
    FolderListing(self, area, folders: try folders(of: area), restoring: restoring)
  }

  /// The folders that hold an area's files, sorted.
  private func folders(of area: StoreArea) throws(FarmError) -> [String] {
    try Self.files { () throws(FileError) in
      guard area == .images else {
        let inner = try Folder.names(in: describe(InputName.files)).filter { $0.utf8.count == 2 }
        return [InputName.place, InputName.reports] + inner.map { "\(InputName.files)/\($0)" }
      }
      var folders: [String] = []
      for outer in try Folder.names(in: place) where outer.utf8.count == 2 {
        for inner in try Folder.names(in: "\(place)/\(outer)") where inner.utf8.count == 2 {
          folders.append("\(ArtifactName.images)/\(outer)/\(inner)")
        }
      }
      return folders
    }
  }

  /// The files in one of the ``folders(of:)``, sorted by name.
  fileprivate func files(in folder: String, of area: StoreArea) throws(FarmError) -> [StoredFile] {
    try Self.files { () throws(FileError) in
      var files: [StoredFile] = []
      for name in try Folder.names(in: describe(folder)) {
        let name = "\(folder)/\(name)"
        guard let found = try File.status(describe(name)), found.st_mode & S_IFMT == S_IFREG else { continue }
        files.append(
          StoredFile(
            sha256: area.digest(name), name: name, bytes: Int64(found.st_size), modified: found.modified))
      }
      return files
    }
  }

  /// The file is moved first and its time is read afterwards. A concurrent renewal therefore either precedes the move
  /// and is seen, or finds no file and writes the bytes again.
  package func setAside(_ file: StoredFile, ifUnusedSince limit: Date) throws(FarmError) -> (any FileAside)? {
    let aside = RenamedFile(file, at: describe(file.name))
    let found = try Self.files { () throws(FileError) in
      try File.rename(aside.original, to: aside.path) ? try File.status(aside.path) : nil
    }
    guard let found else { return nil }
    guard found.modified > limit else { return aside }
    try aside.giveBack()
    return nil
  }

  /// Puts back the files of a folder that an interrupted collection had set aside.
  ///
  /// If another collection is still running, it finds the file missing and does not count it as deleted.
  fileprivate func giveBack(in folder: String, of area: StoreArea) throws(FarmError) {
    let path = describe(folder)
    for name in try Self.files({ () throws(FileError) in try Folder.names(in: path) }) {
      guard let original = RenamedFile.originalName(of: name), area.digest("\(folder)/\(original)") != nil
      else { continue }
      try RenamedFile.move("\(path)/\(name)", back: "\(path)/\(original)")
    }
  }
}

/// A page for each folder.
private final class FolderListing: StoreListing {
  private let store: FolderStore
  private let area: StoreArea
  private let restoring: Bool
  private let rest: Mutex<ArraySlice<String>>

  init(_ store: FolderStore, _ area: StoreArea, folders: [String], restoring: Bool) {
    self.store = store
    self.area = area
    self.restoring = restoring
    rest = Mutex(folders[...])
  }

  func next() throws(FarmError) -> StorePage? {
    guard let folder = rest.withLock({ $0.popFirst() }) else { return nil }
    if restoring { try store.giveBack(in: folder, of: area) }
    return StorePage(files: try store.files(in: folder, of: area), now: nil)
  }
}

/// A file beside its original name.
private struct RenamedFile: FileAside {
  let file: StoredFile
  let original: String
  let path: String

  private static let prefix = ".tmp-delete-"
  /// Separates the unique prefix from the file's original name.
  private static let separator: Character = "_"

  init(_ file: StoredFile, at original: String) {
    self.file = file
    self.original = original
    let name = file.sha256 == nil ? "" : file.name.split(separator: "/").last.map(String.init) ?? ""
    path = "\(Folder.parent(of: original))/\(Self.prefix)\(UInt64.random(in: 0...UInt64.max))\(Self.separator)\(name)"
  }

  /// The name that a file had before it was set aside; nil if the file was not set aside.
  static func originalName(of name: String) -> String? {
    guard name.hasPrefix(prefix), let separator = name.firstIndex(of: separator) else { return nil }
    return String(name[name.index(after: separator)...])
  }

  func delete() throws(FarmError) -> Bool {
    guard unlink(path) == 0 else {
      if errno == ENOENT { return false }
      throw FarmError(FileError(path, "cannot be removed"))
    }
    return true
  }

  func giveBack() throws(FarmError) { try Self.move(path, back: original) }

  /// A file of the same name may have been written in the meantime. It has the same bytes and a newer time, so it
  /// stays.
  static func move(_ path: String, back original: String) throws(FarmError) {
    try FolderStore.files { () throws(FileError) in
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
