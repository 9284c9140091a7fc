import Files

/// A file of Python objects: a zip archive or older file by torch.save, or a plain pickle.
///
/// Nothing in it is executed: it may contain numbers, strings, containers, tensors and numpy arrays, and anything else
/// is refused by name. Source: `torch/serialization.py` of PyTorch 2.
package struct TorchFile {
  package let path: String
  package let value: PickleValue
  package let byteCount: Int
  /// The SHA-256 of the bytes that were read, in lower-case hexadecimal.
  package let sha256: String

  /// The start of the pointer file that Git checks out if a large file was not fetched.
  private static let largeFilePointer = Array("version https://git-lfs.github.com/spec/".utf8)

  /// - Throws: `CheckpointError` naming the byte and the opcode, global or entry that was refused or damaged.
  package init(path: String) throws {
    self.path = path
    let mapped = try MappedFile(path: path)
    guard !mapped.withBytes({ $0.starts(with: Self.largeFilePointer) }) else {
      throw CheckpointError(
        .unsupported, file: path, "it is a Git LFS pointer instead of the file: get the file with 'git lfs pull'")
    }
    let arena = PickleArena()
    // The arena empties its containers when it is released, so it must outlive them.
    value = try withExtendedLifetime(arena) {
      try mapped.withBytes { bytes in
        try ZipArchive.isZip(bytes) ? Self.archive(bytes, path, arena) : Self.stream(bytes, path, arena)
      }
    }
    byteCount = mapped.count
    sha256 = mapped.sha256()
  }

  // MARK: - The zip form

  private static func archive(_ bytes: UnsafeRawBufferPointer, _ file: String, _ arena: PickleArena) throws
    -> PickleValue
  {
    let archive = try ZipArchive(bytes, file: file)
    let roots = archive.entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2 }
    guard roots.count == 1, let name = roots.first, let range = archive.entries[name] else {
      throw CheckpointError(
        .malformed, file: file, "the archive has no data.pkl, or several: torch.save did not write this file")
    }
    let root = name.dropLast("data.pkl".count)
    if let order = archive.entries["\(root)byteorder"], !bytes[order].starts(with: Array("little".utf8)) {
      throw CheckpointError(.unsupported, file: file, "its numbers are big-endian, which is not read")
    }
    var machine = PickleMachine(bytes, range, file: file, arena: arena)
    let object = try machine.run()
    var resolver = PickleResolver(bytes, file: file, storages: { archive.entries["\(root)data/\($0)"] })
    return try resolver.value(object)
  }

  // MARK: - The older form and plain pickles

  private static let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

  private static func stream(_ bytes: UnsafeRawBufferPointer, _ file: String, _ arena: PickleArena) throws
    -> PickleValue
  {
    var position = 0
    func next() throws -> PickleNode {
      var machine = PickleMachine(bytes, position..<bytes.count, file: file, arena: arena)
      let node = try machine.run()
      position = machine.position
      return node
    }
    let first = try next()
    guard case .largeInteger(magic) = first else {
      guard position == bytes.count else {
        throw CheckpointError(
          .malformed, file: file, offset: position, "\(bytes.count - position) bytes follow the pickle")
      }
      var resolver = PickleResolver(bytes, file: file, storages: { _ in nil })
      return try resolver.value(first)
    }
    guard case .int(1001) = try next() else {
      throw CheckpointError(.unsupported, file: file, offset: position, "torch.save's protocol is not 1001")
    }
    guard case .dict(let system) = try next() else {
      throw CheckpointError(
        .malformed, file: file, offset: position, "the description of the writing machine is missing")
    }
    for case (.string("little_endian"), let value) in system.items {
      guard case .bool(true) = value else {
        throw CheckpointError(.unsupported, file: file, "its numbers are big-endian, which is not read")
      }
    }
    let object = try next()
    guard case .list(let keys) = try next() else {
      throw CheckpointError(.malformed, file: file, offset: position, "the list of storages is missing")
    }
    // The tensors that refer to a storage determine the size of its numbers.
    var sizes: [String: Int] = [:]
    PickleResolver.forEachStorage(object) { sizes[$0.key] = $0.type.size }
    var ranges: [String: Range<Int>] = [:]
    for node in keys.items {
      guard case .string(let key) = node, let size = sizes[key], bytes.count - position >= 8 else {
        throw CheckpointError(.malformed, file: file, offset: position, "a storage is missing or belongs to no tensor")
      }
      let count = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
      guard count <= UInt64((bytes.count - position) / size) else {
        throw CheckpointError(
          .malformed, file: file, offset: position,
          "storage \(key) announces \(count) numbers, but only \(bytes.count - position) bytes are left")
      }
      guard ranges.updateValue(position..<position + Int(count) * size, forKey: key) == nil else {
        throw CheckpointError(.malformed, file: file, offset: position, "storage \(key) occurs twice")
      }
      position += Int(count) * size
    }
    guard position == bytes.count else {
      throw CheckpointError(
        .malformed, file: file, offset: position, "\(bytes.count - position) bytes follow the last storage")
    }
    var resolver = PickleResolver(bytes, file: file, storages: { ranges[$0] })
    return try resolver.value(object)
  }
}
