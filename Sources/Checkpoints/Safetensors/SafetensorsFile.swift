package import Engine

/// A safetensors file, checked when opened and mapped into memory while the value lives.
package final class SafetensorsFile: Sendable {
  package let path: String
  /// The string pairs under `__metadata__`.
  package let metadata: [String: String]
  /// In the order of their bytes in the file.
  package let tensorNames: [String]
  private let entries: [String: SafetensorsEntry]
  private let dataStart: Int
  private let file: MappedFile

  /// Throws `CheckpointError` for a file that is missing, unreadable or breaks any rule of the format.
  package init(path: String) throws {
    self.path = path
    file = try MappedFile(path: path)
    let header = try SafetensorsHeader(bytes: file.bytes, file: path)
    metadata = header.metadata
    tensorNames = header.entries.map(\.name)
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    dataStart = header.dataStart
  }

  package var byteCount: Int { file.bytes.count }

  /// The SHA-256 of the whole file in lower-case hexadecimal, over the bytes that tensors are read from.
  package func sha256() -> String { file.sha256() }

  package func contains(_ name: String) -> Bool { entries[name] != nil }

  /// Throws `missingTensor` if the file has no tensor of that name.
  package func shape(of name: String) throws -> [Int] { try entry(name).shape }

  package func dtype(of name: String) throws -> SafetensorsDType { try entry(name).dtype }

  /// A tensor of F32, F16 or BF16 as 32-bit floats, its axes as in the file.
  package func tensor(_ name: String) throws -> Tensor {
    let entry = try entry(name)
    let result = Tensor(uninitialized: entry.shape)
    guard result.count > 0, let source = pointer(to: entry) else { return result }
    switch entry.dtype {
    case .f32: FloatWidening.copy32(source, to: result.mutablePointer, count: result.count)
    case .f16: FloatWidening.half(source, to: result.mutablePointer, count: result.count)
    case .bf16: FloatWidening.brain(source, to: result.mutablePointer, count: result.count)
    default: throw unreadable(entry, as: "floats: save it as F32, F16 or BF16")
    }
    return result
  }

  /// A tensor of I64 or I32 in row-major order.
  package func integers(_ name: String) throws -> [Int] {
    let entry = try entry(name)
    let count = entry.range.count / entry.dtype.size
    guard entry.dtype == .i64 || entry.dtype == .i32 else {
      throw unreadable(entry, as: "integers: save it as I64 or I32")
    }
    guard count > 0, let source = pointer(to: entry) else { return [] }
    return (0..<count).map { index in
      entry.dtype == .i64
        ? Int(Int64(littleEndian: source.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)))
        : Int(Int32(littleEndian: source.loadUnaligned(fromByteOffset: index * 4, as: Int32.self)))
    }
  }

  private func entry(_ name: String) throws -> SafetensorsEntry {
    guard let entry = entries[name] else {
      throw CheckpointError(.missingTensor, file: path, "has no tensor '\(name)' among its \(entries.count)")
    }
    return entry
  }

  private func pointer(to entry: SafetensorsEntry) -> UnsafeRawPointer? {
    file.bytes.baseAddress.map { $0 + dataStart + entry.range.lowerBound }
  }

  private func unreadable(_ entry: SafetensorsEntry, as kind: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: path, offset: entry.position,
      "tensor '\(entry.name)' is of \(entry.dtype.rawValue), which is not read as \(kind)")
  }
}
