import Foundation

extension ArtifactStore {
  /// Visits every file, folder by folder in sorted order; a folder's files at once.
  ///
  /// Files that come or go meanwhile may or may not be visited.
  package func forEachFolder(_ body: ([StoredFile]) async throws -> Void) async throws {
    for outer in try Self.names(in: root) where outer.utf8.count == 2 {
      for inner in try Self.names(in: "\(root)/\(outer)") where inner.utf8.count == 2 {
        let folder = "\(root)/\(outer)/\(inner)"
        var files: [StoredFile] = []
        for name in try Self.names(in: folder) {
          let path = "\(folder)/\(name)"
          guard let found = try FileSystem.look(at: path) else { continue }
          files.append(
            StoredFile(
              sha256: digest(of: name, in: outer + inner), path: path, bytes: found.bytes, modified: found.modified))
        }
        if !files.isEmpty { try await body(files) }
      }
    }
  }

  private func digest(of name: String, in prefix: String) -> String? {
    guard name.hasSuffix(".png") else { return nil }
    let hex = String(name.dropLast(4))
    return hex.utf8.count == 64 && hex.hasPrefix(prefix) && Hex.decode(hex) != nil ? hex : nil
  }

  /// The names in a folder, sorted; none if it has gone.
  private static func names(in folder: String) throws(FarmError) -> [String] {
    guard let handle = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw FileSystem.failure("list", folder)
    }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Deletes a file unless it was asked for since `limit`; says whether it went.
  ///
  /// The file is first moved aside, where no writer can renew it any more, and only then looked at: a renewal either
  /// came before, and is seen, or finds no file and writes the bytes anew.
  func delete(_ file: StoredFile, ifUnusedSince limit: Date) throws(FarmError) -> Bool {
    let aside = "\(FileSystem.parent(file.path))/\(Self.temporaryPrefix)delete-\(UInt64.random(in: 0...UInt64.max))"
    guard rename(file.path, aside) == 0 else {
      if errno == ENOENT { return false }
      throw FileSystem.failure("move", file.path)
    }
    guard let found = try FileSystem.look(at: aside) else { return false }
    if found.modified > limit {
      guard rename(aside, file.path) == 0 else { throw FileSystem.failure("put back", file.path) }
      return false
    }
    guard unlink(aside) == 0 else { throw FileSystem.failure("delete", aside) }
    return true
  }
}
