import Files
package import Foundation

/// A store in a folder, which any number of processes and machines may share.
package struct FolderStore: Store {
  /// `<home>/artifacts`
  let root: String

  package init(_ root: String) {
    self.root = root
  }

  package var place: String { "\(root)/\(ArtifactName.images)" }
  package var width: Int { 1 }

  package func describe(_ name: String) -> String { "\(root)/\(name)" }

  package func put(_ bytes: [UInt8], as name: String, onStep: () -> Void) throws(FarmError) -> Bool {
    let path = describe(name)
    let folder = Folder.parent(of: path)
    return try Self.files { () throws(FileError) in
      // The time is renewed first: from then on no collection removes the file, so the file read next stays.
      if try File.touch(path), try File.contents(path) == bytes {
        // The process that wrote the file may not have synced the folder yet.
        try Folder.sync(folder)
        return false
      }
      for level in [Folder.parent(of: folder), folder] {
        try Folder.make(level)
        onStep()
      }
      try DurableFile.write(bytes, to: path, syncingFolder: false)
      onStep()
      try Folder.sync(folder)
      onStep()
      return true
    }
  }

  package func probe() throws(FarmError) {
    let probe = "\(place)/.probe-\(Hex.encode(withUnsafeBytes(of: UInt64.random(in: 0...UInt64.max)) { Array($0) }))"
    try Self.files { () throws(FileError) in
      try DurableFile.write(Array("emofarm".utf8), to: probe)
      try File.remove(probe)
    }
  }

  package func create(_ bytes: [UInt8], as name: String) throws(FarmError) {
    let path = describe(name)
    try Self.files { () throws(FileError) in
      try Folder.make(Folder.parent(of: path))
      try DurableFile.create(bytes, at: path)
    }
  }

  package func get(_ name: String) throws(FarmError) -> [UInt8]? {
    try Self.files { () throws(FileError) in try File.contents(describe(name)) }
  }

  package func beginning(of name: String, atMost limit: Int) throws(FarmError) -> (bytes: [UInt8], size: Int)? {
    try Self.files { () throws(FileError) in try File.beginning(of: describe(name), atMost: limit) }
  }

  package func size(of name: String) throws(FarmError) -> Int64? {
    let found = try Self.files { () throws(FileError) in try File.status(describe(name)) }
    return found.map { Int64($0.st_size) }
  }

  package func sizeForUse(of name: String) throws(FarmError) -> Int64? {
    try Self.files { () throws(FileError) in try File.touch(describe(name)) } ? try size(of: name) : nil
  }

  package func names(in prefix: String, withAside: Bool) throws(FarmError) -> [String] {
    try Self.files { () throws(FileError) in
      try Folder.names(in: describe(String(prefix.dropLast()))).map { "\(prefix)\($0)" }
    }
  }

  package func delete(_ name: String) throws(FarmError) {
    try Self.files { () throws(FileError) in try File.remove(describe(name)) }
  }

  package func send(_ path: String, as name: String) throws {
    let target = describe(name)
    try Self.files { () throws(FileError) in
      try Folder.make(Folder.parent(of: target))
      try DurableFile.copy(path, to: target)
    }
  }

  package func read(_ name: String, from offset: Int64, _ body: ([UInt8]) throws -> Void) throws -> Bool {
    let path = describe(name)
    guard File.exists(path) else { return false }
    let file = try Self.files { () throws(FileError) in try OpenFile(path) }
    for start in stride(from: offset, to: file.bytes, by: 8 << 20) {
      try body(try Self.files { () throws(FileError) in try file.read(start..<min(start + 8 << 20, file.bytes)) })
    }
    return true
  }

  package func holds(_ name: String, _ path: String, sha256: String) throws -> Bool {
    // From now on no collection removes it.
    guard try Self.files({ () throws(FileError) in try File.touch(describe(name)) }) else { return false }
    return try digest(of: name) == sha256
  }

  package func version(of name: String) throws(FarmError) -> String? {
    try Self.files { () throws(FileError) in
      try File.status(describe(name)).map { "\($0.st_ino) \($0.st_size) \($0.st_mtim.tv_sec) \($0.st_mtim.tv_nsec)" }
    }
  }

  /// Files are copied whole, beside their names.
  package func endUploads(grace: Duration, now: Date?, dryRun: Bool) throws(FarmError) -> Int? { 0 }

  /// The number of bytes on the volume that are available to this user.
  package func freeBytes() throws(FarmError) -> Int64? {
    var folder = place
    while !File.exists(folder), folder.count > 1 { folder = Folder.parent(of: folder) }
    return try Self.files { () throws(FileError) in try Folder.freeBytes(at: folder) }
  }

  package func owner(_ farm: UUID) -> any StoreOwner { StoreGuard(farm: farm, folder: place) }

  /// Runs file operations and converts their errors to ``FarmError``.
  static func files<T>(_ body: () throws(FileError) -> T) throws(FarmError) -> T {
    do throws(FileError) {
      return try body()
    } catch {
      throw FarmError(error)
    }
  }
}
