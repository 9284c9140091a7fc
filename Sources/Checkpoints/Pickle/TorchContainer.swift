import Files

/// The objects of a file that Python pickled, and where its tensors' storages lie: a zip archive or older file by
/// `torch.save`, or a plain pickle. Source: `torch/serialization.py` of PyTorch 2.
struct TorchContainer {
  let root: PickleNode
  /// Each storage's bytes by key.
  let storages: [String: Range<Int>]
  /// The archive, if it is one.
  let archive: ZipArchive?
  /// Owns the containers below `root`, which are emptied when it is released.
  let arena: PickleArena

  /// - Throws: `CheckpointError` naming the byte and the opcode, global or entry that was refused or damaged.
  init(_ bytes: UnsafeRawBufferPointer, file: String, foreign: ForeignObjects) throws {
    arena = PickleArena()
    if ZipArchive.isZip(bytes) {
      (root, storages, archive) = try Self.archive(bytes, file, arena, foreign)
    } else {
      (root, storages) = try Self.stream(bytes, file, arena, foreign)
      archive = nil
    }
  }

  // MARK: - The zip form

  private static func archive(
    _ bytes: UnsafeRawBufferPointer, _ file: String, _ arena: PickleArena, _ foreign: ForeignObjects
  ) throws -> (PickleNode, [String: Range<Int>], ZipArchive) {
    let archive = try ZipArchive(bytes, file: file)
    let roots = archive.entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2 }
    guard roots.count == 1, let name = roots.first, let range = archive.entries[name]?.range else {
      throw CheckpointError(.unsupported, file: file, description(of: archive))
    }
    let root = name.dropLast("data.pkl".count)
    try archive.verify(name, bytes)
    if let order = archive.entries["\(root)byteorder"]?.range, !bytes[order].starts(with: Array("little".utf8)) {
      throw CheckpointError(.unsupported, file: file, "its numbers are big-endian, which is not read")
    }
    var machine = PickleMachine(bytes, range, file: file, arena: arena, foreign: foreign)
    let object = try machine.run()
    let prefix = "\(root)data/"
    var storages: [String: Range<Int>] = [:]
    for (entry, place) in archive.entries where entry.hasPrefix(prefix) {
      storages[String(entry.dropFirst(prefix.count))] = place.range
    }
    return (object, storages, archive)
  }

  /// What an archive is that `torch.save` did not write.
  private static func description(of archive: ZipArchive) -> String {
    let names = archive.entries.keys
    if names.contains(where: { $0.hasSuffix("/constants.pkl") || $0.contains("/code/") }) {
      return "is a TorchScript archive, whose program is not run: take the model's weights (a state dict) instead"
    }
    if let inner = names.filter({ $0.hasSuffix(".safetensors") || $0.hasSuffix(".ckpt") || $0.hasSuffix(".bin") }).min()
    {
      return "is a zip archive with '\(ForeignName.shown(inner))' in it: unpack it and give what it holds"
    }
    return "is a zip archive that torch.save did not write, since it has no data.pkl, or several: check the path"
  }

  // MARK: - The older form and plain pickles

  private static let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

  private static func stream(
    _ bytes: UnsafeRawBufferPointer, _ file: String, _ arena: PickleArena, _ foreign: ForeignObjects
  ) throws -> (PickleNode, [String: Range<Int>]) {
    var position = 0
    func next() throws -> PickleNode {
      var machine = PickleMachine(bytes, position..<bytes.count, file: file, arena: arena, foreign: foreign)
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
      return (first, [:])
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
    var ranges: [String: Range<Int>] = [:]
    for node in keys.items {
      guard case .string(let key) = node, let size = arena.storages[key]?.type.size, bytes.count - position >= 8 else {
        throw CheckpointError(.malformed, file: file, offset: position, "a storage is missing or belongs to no tensor")
      }
      let count = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
      guard count <= UInt64((bytes.count - position) / size) else {
        throw CheckpointError(
          .malformed, file: file, offset: position,
          "storage \(key) announces \(count) numbers, but only \(bytes.count - position) bytes are left: the file is cut "
            + "off, get it again")
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
    return (object, ranges)
  }
}

/// What the pickle machine does with classes and functions that are not part of tensor data.
enum ForeignObjects {
  /// The file is refused.
  case refused
  /// They become names without a behaviour, so that the tensors beside them can be read.
  case inert
}
