package import Engine
import Files

/// A safetensors file, checked when it is opened and mapped into memory for the lifetime of the value.
package final class SafetensorsFile: TensorFile {
  package let path: String
  /// The string pairs under `__metadata__`.
  package let metadata: [String: String]
  /// The entries in the order of their data in the file.
  package let tensorNames: [String]
  private let entries: [String: SafetensorsEntry]
  private let dataStart: Int
  private let file: MappedFile

  /// - Throws: `CheckpointError` if the file is missing, unreadable or breaks any rule of the format.
  package convenience init(path: String) throws {
    let mapped = try MappedFile(path: path)
    if let foreign = mapped.withBytes(ForeignContent.description) {
      throw CheckpointError(.unsupported, file: path, foreign)
    }
    try self.init(mapped)
  }

  init(_ file: MappedFile) throws {
    self.file = file
    path = file.path
    let header = try file.withBytes { try SafetensorsHeader(bytes: $0, file: file.path) }
    metadata = header.metadata
    tensorNames = header.entries.map(\.name)
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    dataStart = header.dataStart
  }

  package var byteCount: Int { file.count }

  package func sha256() -> String { file.sha256() }

  package func contains(_ name: String) -> Bool { entries[name] != nil }

  package func shape(of name: String) throws -> [Int] { try entry(name).shape }

  package func elementType(of name: String) throws -> ElementType { try entry(name).dtype }

  package func tensor(_ name: String) throws -> Tensor {
    let entry = try entry(name)
    guard let result = elements(entry).floats(in: file) else {
      throw unreadable(entry, "holds an integer that fp32 cannot hold: it is no weight")
    }
    file.release(dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound)
    return result
  }

  package func integers(_ name: String) throws -> [Int] {
    let entry = try entry(name)
    guard let values = elements(entry).integers(in: file) else {
      throw unreadable(entry, "is of \(entry.dtype.rawValue), which is not read as integers: save it as I64 or I32")
    }
    return values
  }

  package func withBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try elements(entry(name)).withBytes(in: file, body)
  }

  private func elements(_ entry: SafetensorsEntry) -> StoredElements {
    StoredElements(entry.dtype, entry.shape, at: dataStart + entry.range.lowerBound)
  }

  private func entry(_ name: String) throws -> SafetensorsEntry {
    guard let entry = entries[name] else {
      throw CheckpointError(.missingTensor, file: path, "has no tensor '\(name)' among its \(entries.count)")
    }
    return entry
  }

  private func unreadable(_ entry: SafetensorsEntry, _ what: String) -> CheckpointError {
    CheckpointError(.unsupported, file: path, offset: entry.position, "tensor '\(entry.name)' \(what)")
  }
}
