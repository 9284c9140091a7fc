import Crypto
package import Files
import Foundation

/// A content-addressed file store: `<home>/artifacts/sha256/ab/cd/<hex>.png`.
///
/// All calls block on the disk. Any number of processes may share a store.
package struct ArtifactStore: Sendable {
  /// `<home>/artifacts/sha256`
  let root: String
  /// nil in tests, and for a reader of a farm whose store nobody has marked yet.
  private let owner: StoreGuard?
  private let gates: DebugGates

  /// The store in a data folder, which exists once something is put into it; programs use
  /// ``FarmDatabase/openStore(home:for:gates:)``, which checks whose it is.
  ///
  /// - Parameters:
  ///   - owner: checks that the store is still the farm's before anything is written or deleted, after a file is
  ///     written, and before a file is said to be missing.
  ///   - gates: reads pass the point `read-<digest>`.
  package init(home: String, owner: StoreGuard? = nil, gates: DebugGates = DebugGates()) {
    root = home + "/artifacts/sha256"
    self.owner = owner
    self.gates = gates
  }

  /// Checks that the store is still the farm's.
  ///
  /// - Throws: ``FarmError``: `storeRefused` if it is not, `fileSystem`.
  package func checkOwner() throws(FarmError) {
    try owner?.check()
  }

  /// The path of the file with a digest (in hexadecimal), whether or not the file exists.
  package func path(_ sha256: String) -> String {
    "\(folder(sha256))/\(sha256).png"
  }

  private func folder(_ sha256: String) -> String {
    let digits = Array(sha256.utf8.prefix(4))
    guard digits.count == 4 else { return root }
    return "\(root)/\(String(decoding: digits[0..<2], as: UTF8.self))/\(String(decoding: digits[2..<4], as: UTF8.self))"
  }

  /// Stores bytes durably: when the call returns, the file survives a loss of power.
  ///
  /// If the store already has the bytes, only the file's time is renewed, so that no garbage collection removes it
  /// before it is published. A file whose content does not match its name is replaced.
  /// - Parameter onStep: called after each step that may take long on a slow volume.
  /// - Throws: ``FarmError`` (`diskFull`, `fileSystem`, `storeRefused`); nothing is left behind in that case.
  package func put(_ bytes: [UInt8], onStep: () -> Void = {}) throws(FarmError) -> Artifact {
    try checkOwner()
    let sha256 = Hex.encode(SHA256.hash(data: bytes))
    let (folder, path) = (folder(sha256), path(sha256))
    // The time is renewed first: from then on no collection removes the file, so the file read next stays.
    let isKnown = try Self.files { () throws(FileError) in
      if try File.touch(path), try File.contents(path) == bytes {
        // The process that wrote the file may not have synced the folder yet.
        try Folder.sync(folder)
        return true
      }
      for level in [Folder.parent(of: folder), folder] {
        try Folder.make(level)
        onStep()
      }
      try DurableFile.write(bytes, to: path, syncingFolder: false)
      onStep()
      try Folder.sync(folder)
      onStep()
      return false
    }
    try owner?.check(holds: path, bytes: bytes.count)
    return Artifact(sha256: sha256, bytes: bytes.count, path: path, isFresh: !isKnown)
  }

  /// Runs file operations and converts their errors to ``FarmError``.
  static func files<T>(_ body: () throws(FileError) -> T) throws(FarmError) -> T {
    do throws(FileError) {
      return try body()
    } catch {
      throw FarmError(error)
    }
  }

  /// Reads the file with a digest and verifies its content.
  ///
  /// - Throws: ``FarmError`` (`artifactMissing`, `artifactDamaged`).
  package func read(_ sha256: String) throws(FarmError) -> [UInt8] {
    let path = path(sha256)
    gates.pass("read-\(sha256)")
    guard let bytes = try Self.files({ () throws(FileError) in try File.contents(path) }) else {
      throw missing(path)
    }
    guard Hex.encode(SHA256.hash(data: bytes)) == sha256 else {
      throw FarmError(
        .artifactDamaged, "\(path) is damaged: its digest does not match its name. Delete it and render it again")
    }
    return bytes
  }

  /// Reads the beginning of the file with a digest, after checking that it has the expected size.
  ///
  /// - Throws: ``FarmError`` (`artifactMissing`, `artifactDamaged`).
  package func beginning(of sha256: String, size: Int, atMost limit: Int) throws(FarmError) -> [UInt8] {
    let path = path(sha256)
    guard
      let found = try Self.files({ () throws(FileError) in try File.beginning(of: path, atMost: limit) })
    else {
      throw missing(path)
    }
    guard found.size == size else {
      throw FarmError(.artifactDamaged, "\(path) has \(found.size) bytes, but \(size) were published")
    }
    return found.bytes
  }

  /// Every file of a share that is not mounted looks missing, so the store is checked first.
  private func missing(_ path: String) -> FarmError {
    do {
      try checkOwner()
    } catch {
      return error
    }
    return FarmError(.artifactMissing, "\(path) is missing")
  }

  /// Why this host cannot write to the store; nil if it can: it is this farm's, and a small file was stored and removed
  /// again.
  package func problem() -> String? {
    do throws(FarmError) {
      try checkOwner()
    } catch {
      return error.description
    }
    do throws(FileError) {
      let probe = "\(root)/.probe-\(Hex.encode(withUnsafeBytes(of: UInt64.random(in: 0...UInt64.max)) { Array($0) }))"
      try DurableFile.write(Array("emofarm".utf8), to: probe)
      try File.remove(probe)
      return nil
    } catch {
      return error.description
    }
  }

  /// The number of bytes on the volume that are available to this user.
  package func freeBytes() throws(FarmError) -> Int64 {
    var folder = root
    while !File.exists(folder), folder.count > 1 { folder = Folder.parent(of: folder) }
    return try Self.files { () throws(FileError) in try Folder.freeBytes(at: folder) }
  }
}

/// A file of the store.
package struct Artifact: Hashable, Sendable {
  /// The SHA-256 of the bytes in hexadecimal, which is also the file's name.
  package let sha256: String
  package let bytes: Int
  package let path: String
  /// Whether this call wrote the file; false if the store already had it.
  package let isFresh: Bool
}
