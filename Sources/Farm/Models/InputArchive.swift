import Crypto
import Files
import Foundation
package import Vocabulary

/// What jobs read, in a farm's store, so that a worker needs no path that other machines share: models, the files added
/// to them, start pictures and training data.
///
/// Each file is stored once under the digest of its bytes. A folder is a list of files under the digest of the list,
/// which is written last. A worker that finds a file damaged reports it beside the files; sending the file again
/// replaces it and removes the report.
package struct InputArchive: Sendable {
  let store: ArtifactStore

  package init(_ store: ArtifactStore) {
    self.store = store
  }

  /// How sure one must be that a file is in the store before it is not sent.
  package enum Care: Hashable, Sendable {
    /// It has the right size, and no worker has reported it.
    case size
    /// Its bytes are the same: by the store's tag where it tells, otherwise they are read.
    case bytes
  }

  /// Stores what the store lacks of a folder; blocks.
  ///
  /// - Parameters:
  ///   - root: the folder to which the files are relative.
  ///   - onFile: called with each file that is sent: before a large one, after a small one.
  /// - Throws: ``FarmError``: `modelChanged` if a file is no longer the described one, and as the store.
  package func send(
    _ list: FileList, root: String, care: Care, onFile: (ModelFile) throws -> Void = { _ in }
  ) throws -> SentFiles {
    var sent = SentFiles()
    // A collection may have moved away what the first pass found: what nothing refers to yet is not safe from it.
    let objects = list.objects.map { object in
      Sending(file: object.file, paths: object.parts.map { "\(root)/\($0.path)" }, isPack: object.isPack)
    }
    var pass = try send(objects, care, onFile)
    sent.add(pass)
    while pass.files > 0 {
      pass = try send(objects, .size, onFile)
      pass.there = 0
      sent.add(pass)
    }
    let bytes = Array(try JSONEncoder().encode(list))
    _ = try store.store.put(bytes, as: InputName.list(list.digest))
    return sent
  }

  /// Stores what the store lacks of some files, each once; blocks.
  ///
  /// - Throws: as above.
  package func send(
    _ files: [(file: ModelFile, path: String)], care: Care, onFile: (ModelFile) throws -> Void = { _ in }
  ) throws -> SentFiles {
    try send(files.map { Sending(file: $0.file, paths: [$0.path], isPack: false) }, care, onFile)
  }

  /// An object to be sent, and the files of this machine whose bytes it has, one after the other.
  private struct Sending: Sendable {
    let file: ModelFile
    let paths: [String]
    let isPack: Bool
  }

  private func send(
    _ objects: [Sending], _ care: Care, _ onFile: (ModelFile) throws -> Void
  ) throws -> SentFiles {
    try store.checkOwner()
    let reported = Set(try reports().map(\.sha256))
    var known: Set<String> = []
    let each = objects.filter { known.insert($0.file.sha256).inserted }
    var sent = SentFiles()
    // The large ones go in parts, several at once, each by itself.
    for object in each where !object.isPack && object.file.bytes > Self.small {
      if try has(object, care, reported) {
        sent.there += 1
      } else {
        try onFile(object.file)
        try send(object)
        sent.note(object.file, 1)
      }
    }
    let others = each.filter { $0.isPack || $0.file.bytes <= Self.small }
    try ReadAhead.forEach(others, width: min(store.width, Self.mostPacks)) { object in
      if try has(object, care, reported) { return false }
      try send(object)
      return true
    } _: { object, isNew in
      if try isNew.get() {
        try onFile(object.file)
        sent.note(object.file, object.paths.count)
      } else {
        sent.there += object.paths.count
      }
    }
    return sent
  }

  /// Bytes up to which several files are sent at the same time.
  private static let small = 4 << 20
  /// Packs in memory at the same time.
  package static let mostPacks = 8

  private func has(_ object: Sending, _ care: Care, _ reported: Set<String>) throws -> Bool {
    let (file, name) = (object.file, InputName.file(object.file.sha256))
    guard !reported.contains(file.sha256), try store.store.sizeForUse(of: name) == Int64(file.bytes) else {
      return false
    }
    if care == .size { return true }
    guard !object.isPack, let path = object.paths.first else { return try store.store.digest(of: name) == file.sha256 }
    return try store.store.holds(name, path, sha256: file.sha256)
  }

  private func send(_ object: Sending) throws {
    let (file, name) = (object.file, InputName.file(object.file.sha256))
    func changed() -> FarmError {
      FarmError(
        .modelChanged, "\(object.paths.first ?? "") changed while it was sent: send it again when it is complete")
    }
    if object.isPack {
      let bytes: [UInt8]
      do {
        bytes = try object.paths.flatMap { (path) throws(FileError) in try File.read(path, atMost: file.bytes) }
      } catch let error as FileError {
        throw FarmError(error)
      }
      guard Hex.encode(SHA256.hash(data: bytes)) == file.sha256 else { throw changed() }
      _ = try store.store.put(bytes, as: name)
    } else if let path = object.paths.first {
      try store.store.send(path, as: name)
      guard try store.store.size(of: name) == Int64(file.bytes) else { throw changed() }
    }
    try store.store.delete(InputName.report(file.sha256))
  }

  /// The files of a pack, in one request; nil if its bytes are not those that the list says.
  ///
  /// - Throws: ``FarmError``: `inputDamaged` if it is missing, and as the store.
  package func read(_ pack: FileList.Object) throws(FarmError) -> [(file: ModelFile, bytes: ArraySlice<UInt8>)]? {
    let name = InputName.file(pack.file.sha256)
    guard let bytes = try store.store.get(name) else {
      throw FarmError(
        .inputDamaged, "\(store.store.describe(name)), which is \(pack.file.path), is missing: \(Self.help)")
    }
    guard bytes.count == pack.file.bytes else { return nil }
    var parts: [(file: ModelFile, bytes: ArraySlice<UInt8>)] = []
    var start = 0
    for file in pack.parts {
      let part = bytes[start..<start + file.bytes]
      guard Hex.encode(SHA256.hash(data: part)) == file.sha256 else { return nil }
      parts.append((file, part))
      start += file.bytes
    }
    return parts
  }

  /// The files with a list's digest; nil if the store does not have the list.
  ///
  /// - Throws: ``FarmError``: `inputDamaged` if the list is another one.
  package func contents(of digest: String) throws(FarmError) -> FileList? {
    let name = InputName.list(digest)
    guard let bytes = try store.store.get(name) else { return nil }
    guard let list = FileList(bytes, digest: digest) else {
      throw FarmError(
        .inputDamaged, "\(store.store.describe(name)) is not the list of files that its name says: \(Self.help)")
    }
    return list
  }

  /// The digests of all lists.
  package func lists() throws(FarmError) -> Set<String> {
    Set(try store.store.names(in: "\(InputName.place)/", withAside: true).compactMap(InputName.digest))
  }

  /// The size of the file with a digest; nil if the store does not have it.
  package func size(of sha256: String) throws(FarmError) -> Int64? {
    try store.store.size(of: InputName.file(sha256))
  }

  /// A text that differs when the file with a digest was sent again.
  package func version(of sha256: String) throws(FarmError) -> String? {
    try store.store.version(of: InputName.file(sha256))
  }

  /// Calls `body` with the bytes of a file from an offset on.
  ///
  /// - Throws: ``FarmError``: `inputDamaged` if it is missing, and as the store.
  package func read(_ file: ModelFile, from offset: Int64, _ body: ([UInt8]) throws -> Void) throws {
    guard offset < file.bytes || offset == 0 else { return }
    let name = InputName.file(file.sha256)
    guard try store.store.read(name, from: offset, body) else {
      throw FarmError(
        .inputDamaged, "\(store.store.describe(name)), which is \(file.path), is missing: \(Self.help)")
    }
  }

  /// Reports that the bytes of a file in the store do not have the digest of its name.
  ///
  /// - Returns: the error for whoever needs the file.
  package func report(_ file: ModelFile, by host: String) -> FarmError {
    let text = "\(file.path), found by \(host)"
    // The report helps the operator; the error says it anyway.
    _ = try? store.store.put(Array(text.utf8), as: InputName.report(file.sha256))
    return FarmError(
      .inputDamaged,
      "\(file.path) is damaged in the store (\(store.store.describe(InputName.file(file.sha256))) does not have the "
        + "digest of its name): \(Self.help)")
  }

  /// The files that workers have reported, and what they said.
  package func reports() throws(FarmError) -> [(sha256: String, text: String)] {
    var reports: [(sha256: String, text: String)] = []
    for name in try store.store.names(in: "\(InputName.reports)/", withAside: false) {
      guard let digest = InputName.digest(name), let bytes = try store.store.get(name) else { continue }
      reports.append((digest, String(String(decoding: bytes.prefix(500), as: UTF8.self).filter { !$0.isNewline })))
    }
    return reports
  }

  package static let help = "send it again with `emofarm models add --upload` or `emofarm store send`"
}

/// What a command put into the store.
package struct SentFiles: Hashable, Sendable {
  package private(set) var files = 0
  package private(set) var bytes: Int64 = 0
  /// Files that were there already.
  package fileprivate(set) var there = 0

  package init() {}

  fileprivate mutating func note(_ file: ModelFile, _ count: Int) {
    files += count
    bytes += Int64(file.bytes)
  }

  /// Adds what another pass over the same files, or over other ones, did.
  package mutating func add(_ other: SentFiles) {
    files += other.files
    bytes += other.bytes
    there += other.there
  }
}
