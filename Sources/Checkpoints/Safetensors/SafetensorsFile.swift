import Dispatch
package import Engine
import Files

/// A safetensors file, checked when it is opened and mapped into memory for the lifetime of the value.
package final class SafetensorsFile: Sendable {
  package let path: String
  /// The string pairs under `__metadata__`.
  package let metadata: [String: String]
  /// The entries in the order of their data in the file.
  package let tensorNames: [String]
  private let entries: [String: SafetensorsEntry]
  private let dataStart: Int
  private let file: MappedFile
  /// The number of values that a core converts at a time.
  private static let chunk = 1 << 18

  /// - Throws: `CheckpointError` if the file is missing, unreadable or breaks any rule of the format.
  package init(path: String) throws {
    self.path = path
    file = try MappedFile(path: path)
    let header = try file.withBytes { try SafetensorsHeader(bytes: $0, file: path) }
    metadata = header.metadata
    tensorNames = header.entries.map(\.name)
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    dataStart = header.dataStart
  }

  package var byteCount: Int { file.count }

  /// The SHA-256 of the whole file in lower-case hexadecimal, over the mapped bytes from which tensors are read.
  package func sha256() -> String { file.sha256() }

  package func contains(_ name: String) -> Bool { entries[name] != nil }

  /// - Throws: `CheckpointError`: `missingTensor` if the file has no tensor of that name.
  package func shape(of name: String) throws -> [Int] { try entry(name).shape }

  package func dtype(of name: String) throws -> SafetensorsDType { try entry(name).dtype }

  /// A tensor of F32, F16 or BF16 as 32-bit floats, with the axes of the file.
  package func tensor(_ name: String) throws -> Tensor {
    let entry = try entry(name)
    let widen: @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void
    switch entry.dtype {
    case .f32: widen = FloatWidening.single
    case .f16: widen = FloatWidening.half
    case .bf16: widen = FloatWidening.brain
    default: throw unreadable(entry, as: "floats: save it as F32, F16 or BF16")
    }
    let result = Tensor(entry.shape) { target in
      let size = entry.range.count / max(1, target.count)
      // The conversion runs on all cores, because the first access to each page dominates its time.
      let chunks = (target.count + Self.chunk - 1) / Self.chunk
      withPointer(to: entry) { source in
        nonisolated(unsafe) let (source, target) = (source, target)
        DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
          let first = chunk * Self.chunk
          let count = min(Self.chunk, target.count - first)
          guard let start = target.baseAddress else { return }
          widen(source + first * size, start + first, count)
        }
      }
    }
    file.release(dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound)
    return result
  }

  /// A tensor of I64 or I32 in row-major order.
  package func integers(_ name: String) throws -> [Int] {
    let entry = try entry(name)
    let values: [Int]?
    switch entry.dtype {
    case .i64: values = integers(entry, as: Int64.self)
    case .i32: values = integers(entry, as: Int32.self)
    default: throw unreadable(entry, as: "integers: save it as I64 or I32")
    }
    return values ?? []
  }

  private func integers<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ entry: SafetensorsEntry, as type: Stored.Type
  ) -> [Int]? {
    let size = MemoryLayout<Stored>.size
    return withPointer(to: entry) { source in
      (0..<entry.range.count / size).map {
        Int(Stored(littleEndian: source.loadUnaligned(fromByteOffset: $0 * size, as: type)))
      }
    }
  }

  private func entry(_ name: String) throws -> SafetensorsEntry {
    guard let entry = entries[name] else {
      throw CheckpointError(.missingTensor, file: path, "has no tensor '\(name)' among its \(entries.count)")
    }
    return entry
  }

  /// nil only for an empty file, which the header's check refuses.
  private func withPointer<Result>(to entry: SafetensorsEntry, _ body: (UnsafeRawPointer) -> Result) -> Result? {
    file.withBytes { bytes in bytes.baseAddress.map { body($0 + dataStart + entry.range.lowerBound) } }
  }

  private func unreadable(_ entry: SafetensorsEntry, as kind: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: path, offset: entry.position,
      "tensor '\(entry.name)' is of \(entry.dtype.rawValue), which is not read as \(kind)")
  }
}
