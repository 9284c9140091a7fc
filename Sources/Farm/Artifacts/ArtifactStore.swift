import Crypto
package import Files
import Foundation

/// A farm's store: images by the digests of their bytes, and the farm's marker.
///
/// All calls block. Any number of processes may share a store.
package struct ArtifactStore: Sendable {
  package let store: any Store
  /// nil in tests, and for a reader of a farm whose store nobody has marked yet.
  private let owner: (any StoreOwner)?
  private let gates: DebugGates

  /// Programs use ``FarmDatabase/openStore(_:for:gates:notice:)``, which checks whose the store is.
  ///
  /// - Parameters:
  ///   - owner: checks that the store is still the farm's before anything is written or deleted, after a file is
  ///     written, and before a file is said to be missing.
  ///   - gates: reads pass the point `read-<digest>`.
  package init(_ store: any Store, owner: (any StoreOwner)? = nil, gates: DebugGates = DebugGates()) {
    self.store = store
    self.owner = owner
    self.gates = gates
  }

  /// The store in a data folder, which exists once something is put into it.
  package init(home: String, gates: DebugGates = DebugGates()) {
    self.init(FolderStore("\(home)/artifacts"), gates: gates)
  }

  /// The folder or address, for messages.
  package var place: String { store.place }
  /// Reads and writes that gain from being under way at the same time.
  package var width: Int { store.width }

  /// Checks that the store is still the farm's.
  ///
  /// - Throws: ``FarmError``: `storeRefused` if it is not, `fileSystem`.
  package func checkOwner() throws(FarmError) {
    try owner?.check()
  }

  /// The path or address of the file with a digest (in hexadecimal), whether or not the file exists.
  package func path(_ sha256: String) -> String { store.describe(ArtifactName.image(sha256)) }

  /// Stores bytes durably: when the call returns, the file survives a loss of power.
  ///
  /// If the store already has the bytes, only the file's time is renewed, so that no garbage collection removes it
  /// before it is published. A file whose content does not match its name is replaced.
  /// - Parameter onStep: called after each step that may take long on a slow volume.
  /// - Throws: ``FarmError`` (`diskFull`, `fileSystem`, `storeAway`, `storeRefused`); nothing is left behind in that case.
  package func put(_ bytes: [UInt8], onStep: () -> Void = {}) throws(FarmError) -> Artifact {
    try checkOwner()
    let sha256 = Hex.encode(SHA256.hash(data: bytes))
    let name = ArtifactName.image(sha256)
    let isFresh = try store.put(bytes, as: name, onStep: onStep)
    try owner?.check(holds: name, bytes: bytes.count)
    return Artifact(sha256: sha256, bytes: bytes.count, path: store.describe(name), isFresh: isFresh)
  }

  /// Reads the file with a digest and verifies its content.
  ///
  /// - Throws: ``FarmError`` (`artifactMissing`, `artifactDamaged`).
  package func read(_ sha256: String) throws(FarmError) -> [UInt8] {
    let path = path(sha256)
    gates.pass("read-\(sha256)")
    guard let bytes = try store.get(ArtifactName.image(sha256)) else { throw missing(path) }
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
    guard let found = try store.beginning(of: ArtifactName.image(sha256), atMost: limit) else { throw missing(path) }
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
      try store.probe()
      return nil
    } catch {
      return error.description
    }
  }

  /// Bytes that may still be written; nil if the store has no such limit.
  package func freeBytes() throws(FarmError) -> Int64? { try store.freeBytes() }
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
