import Files

/// Opens files of named tensors of any kind.
package enum TensorFiles {
  /// Opens a safetensors file or a file by `torch.save`. Its content decides which of both it is, not its name.
  ///
  /// - Throws: `CheckpointError`; if the file is of another kind, the error says which and what to do.
  package static func open(_ path: String) throws -> any TensorFile {
    let mapped = try MappedFile(path: path)
    return switch try TensorFileKind(mapped) {
    case .safetensors: try SafetensorsFile(mapped)
    case .torch: try TorchTensorFile(mapped)
    }
  }
}

/// The kinds of file that hold named tensors, recognised by content.
enum TensorFileKind {
  case safetensors, torch

  /// - Throws: `CheckpointError`: `unsupported` or `malformed` if the content is of another kind.
  init(_ file: MappedFile) throws {
    self = try file.withBytes { bytes in
      if let foreign = ForeignContent.description(of: bytes) {
        throw CheckpointError(.unsupported, file: file.path, foreign)
      }
      if ZipArchive.isZip(bytes) { return .torch }
      if let first = bytes.first, first == 0x80, bytes.count > 1, (2...5).contains(bytes[1]), !Self.hasHeader(bytes) {
        return .torch
      }
      return .safetensors
    }
  }

  /// Whether a JSON object follows a length, as in a safetensors file.
  private static func hasHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0
  }
}
