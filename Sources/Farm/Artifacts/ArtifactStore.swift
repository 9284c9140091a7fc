import Crypto
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
    try FileSystem.makeFolder(root)
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
    if try FileSystem.touch(path), try FileSystem.read(path) == bytes {
      // Its writer may not have come so far as this yet.
      try FileSystem.flush(folder: folder)
      return Artifact(sha256: sha256, bytes: bytes.count, path: path, isFresh: false)
    }
    try FileSystem.makeFolder(folder)
    let temporary = "\(folder)/\(Self.temporaryPrefix)\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    try FileSystem.writeDurably(bytes, to: temporary)
    guard rename(temporary, path) == 0 else {
      let failure = FileSystem.failure("rename to", path)
      unlink(temporary)
      throw failure
    }
    try FileSystem.flush(folder: folder)
    return Artifact(sha256: sha256, bytes: bytes.count, path: path, isFresh: true)
  }

  static let temporaryPrefix = ".tmp-"

  /// The bytes of a digest, checked.
  ///
  /// - Throws: ``FarmError`` (`artifactMissing`, `artifactDamaged`).
  package func read(_ sha256: String) throws(FarmError) -> [UInt8] {
    let path = path(sha256)
    guard let bytes = try FileSystem.read(path) else { throw Self.missing(path) }
    guard Hex.encode(SHA256.hash(data: bytes)) == sha256 else {
      throw FarmError(.artifactDamaged, "\(path) is damaged: its digest is not its name. Delete it and render it again")
    }
    return bytes
  }

  /// Checks that the file of a digest is there with its size, and with `deep` that its bytes have the digest.
  package func check(_ sha256: String, bytes: Int, deep: Bool) throws(FarmError) {
    let path = path(sha256)
    guard let found = try FileSystem.look(at: path) else { throw Self.missing(path) }
    guard found.bytes == Int64(bytes) else {
      throw FarmError(.artifactDamaged, "\(path) has \(found.bytes) bytes, but \(bytes) were published")
    }
    if deep { _ = try read(sha256) }
  }

  private static func missing(_ path: String) -> FarmError {
    FarmError(.artifactMissing, "\(path) is missing")
  }

  /// Bytes that the volume has left for this user.
  package func freeBytes() throws(FarmError) -> Int64 {
    var status = statvfs()
    guard statvfs(root, &status) == 0 else { throw FileSystem.failure("look at the volume of", root) }
    let (bytes, overflow) = Int64(status.f_bavail).multipliedReportingOverflow(by: Int64(status.f_frsize))
    return overflow ? .max : bytes
  }
}
