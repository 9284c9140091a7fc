import Files

/// A file of Python objects: a zip archive or older file by torch.save, or a plain pickle.
///
/// Nothing in it is executed: it may contain numbers, strings, containers, tensors and numpy arrays, and anything else
/// is refused by name. Its tensors are read at once, so it is meant for small files; weights are read by
/// `TorchTensorFile`.
package struct TorchFile {
  package let path: String
  package let value: PickleValue
  package let byteCount: Int
  /// The SHA-256 of the bytes that were read, in lower-case hexadecimal.
  package let sha256: String

  /// - Throws: `CheckpointError` naming the byte and the opcode, global or entry that was refused or damaged.
  package init(path: String) throws {
    self.path = path
    let mapped = try MappedFile(path: path)
    value = try mapped.withBytes { bytes in
      if let foreign = ForeignContent.description(of: bytes) {
        throw CheckpointError(.unsupported, file: path, foreign)
      }
      let container = try TorchContainer(bytes, file: path, foreign: .refused)
      try container.archive?.verify(bytes)
      var resolver = PickleResolver(mapped, container.storages)
      return try withExtendedLifetime(container) { try resolver.value(container.root) }
    }
    byteCount = mapped.count
    sha256 = mapped.sha256()
  }
}
