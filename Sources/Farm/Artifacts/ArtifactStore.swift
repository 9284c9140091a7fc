import Crypto
import Files
import Foundation

/// Files by the digest of their bytes: `<home>/artifacts/sha256/ab/cd/<hex>.png`.
///
/// All calls block on the disk. Any number of processes may use one store.
package struct ArtifactStore: Sendable {
  /// `<home>/artifacts/sha256`
  let root: String

  /// Opens the store under a data folder and makes it if need be.
  ///
  /// - Throws: ``FarmError``, as all its methods do.
  package init(home: String) throws(FarmError) {
    root = home + "/artifacts/sha256"
    let root = root
    try Self.files { () throws(FileError) in try Folder.make(root) }
  }

  /// Where the file of a digest (in hexadecimal) is or would be.
  package func path(_ sha256: String) -> String {
    "\(folder(sha256))/\(sha256).png"
  }

  private func folder(_ sha256: String) -> String {
    let digits = Array(sha256.utf8.prefix(4))
    guard digits.count == 4 else { return root }
    return "\(root)/\(String(decoding: digits[0..<2], as: UTF8.self))/\(String(decoding: digits[2..<4], as: UTF8.self))"
  }

  /// Keeps bytes; when it returns they survive a loss of power under their name.
  ///
  /// Bytes that are there already only have their file's time renewed, so that no garbage collection takes them before
  /// they are published; a file that is not what its name says is replaced.
  /// - Throws: ``FarmError`` (`diskFull`, `fileSystem`); then nothing is left behind.
  package func put(_ bytes: [UInt8]) throws(FarmError) -> Artifact {
    let sha256 = Hex.encode(SHA256.hash(data: bytes))
    let (folder, path) = (folder(sha256), path(sha256))
    // Touched first: from then on no collection removes the file, so what is read next stays.
    let isKnown = try Self.files { () throws(FileError) in
      if try File.touch(path), try File.contents(path) == bytes {
        // Its writer may not have synced the folder yet.
        try Folder.sync(folder)
        return true
      }
      try Folder.make(folder)
      try DurableFile.write(bytes, to: path)
      return false
    }
    return Artifact(sha256: sha256, bytes: bytes.count, path: path, isFresh: !isKnown)
  }

  /// Runs calls on files; what the system refuses becomes the farm's error.
  static func files<T>(_ body: () throws(FileError) -> T) throws(FarmError) -> T {
    do throws(FileError) {
      return try body()
    } catch {
      throw FarmError(error)
    }
  }

  /// The bytes of a digest, checked.
  ///
  /// - Throws: ``FarmError`` (`artifactMissing`, `artifactDamaged`).
  package func read(_ sha256: String) throws(FarmError) -> [UInt8] {
    let path = path(sha256)
    guard let bytes = try Self.files({ () throws(FileError) in try File.contents(path) }) else {
      throw Self.missing(path)
    }
    guard Hex.encode(SHA256.hash(data: bytes)) == sha256 else {
      throw FarmError(.artifactDamaged, "\(path) is damaged: its digest is not its name. Delete it and render it again")
    }
    return bytes
  }

  /// Checks that the file of a digest is there with its size, and with `deep` that its bytes have the digest.
  package func check(_ sha256: String, bytes: Int, deep: Bool) throws(FarmError) {
    let path = path(sha256)
    guard let found = try Self.files({ () throws(FileError) in try File.status(path) }) else {
      throw Self.missing(path)
    }
    guard found.st_size == bytes else {
      throw FarmError(.artifactDamaged, "\(path) has \(found.st_size) bytes, but \(bytes) were published")
    }
    if deep { _ = try read(sha256) }
  }

  private static func missing(_ path: String) -> FarmError {
    FarmError(.artifactMissing, "\(path) is missing")
  }

  /// Bytes that the volume has left for this user.
  package func freeBytes() throws(FarmError) -> Int64 {
    try Self.files { () throws(FileError) in try Folder.freeBytes(at: root) }
  }
}
