package import Engine
import Files
import Synchronization

/// A file by `torch.save` (`.ckpt`, `.bin`, `.pt`, `.pth`) as named tensors, which are read straight from the mapped file.
///
/// Nothing in it is executed. Objects that are not tensor data, such as the callbacks in a checkpoint of PyTorch
/// Lightning, are kept as inert names; a file that calls for commands of the system is refused.
package final class TorchTensorFile: TensorFile {
  package let path: String
  /// The whole numbers beside the state dict, such as a training's `global_step`.
  package let metadata: [String: String]
  package let tensorNames: [String]
  private let tensors: [String: StoredElements]
  private let file: MappedFile
  /// Several networks may be in one file, whose checksums are compared once.
  private let isVerified = Mutex(false)

  /// - Throws: `CheckpointError` naming the byte and the opcode, global or entry that was refused or damaged.
  package convenience init(path: String) throws { try self.init(MappedFile(path: path)) }

  init(_ file: MappedFile) throws {
    self.file = file
    path = file.path
    (tensorNames, tensors, metadata) = try file.withBytes { bytes in
      let container = try TorchContainer(bytes, file: file.path, foreign: .inert)
      return try withExtendedLifetime(container) {
        var collector = TensorCollector(file: file.path)
        let found = try collector.tensors(of: container.root)
        var tensors: [String: StoredElements] = [:]
        for (name, tensor) in found {
          let elements = try tensor.elements(in: container.storages, file: file.path)
          guard tensors.updateValue(elements, forKey: name) == nil else {
            throw CheckpointError(.malformed, file: file.path, "'\(ForeignName.shown(name))' occurs twice")
          }
        }
        return (found.map(\.name), tensors, TensorCollector.numbers(of: container.root))
      }
    }
  }

  package var byteCount: Int { file.count }

  package func contains(_ name: String) -> Bool { tensors[name] != nil }

  package func shape(of name: String) throws -> [Int] { try elements(name).shape }

  package func elementType(of name: String) throws -> ElementType { try elements(name).type }

  package func tensor(_ name: String) throws -> Tensor {
    let elements = try elements(name)
    guard let result = elements.floats(in: file) else {
      throw CheckpointError(
        .unsupported, file: path,
        "tensor '\(ForeignName.shown(name))' holds an integer that fp32 cannot hold: it is no weight")
    }
    file.release(elements.start..<min(file.count, elements.start + elements.count * elements.type.size))
    return result
  }

  package func integers(_ name: String) throws -> [Int] {
    let elements = try elements(name)
    guard let result = elements.integers(in: file) else {
      throw CheckpointError(
        .unsupported, file: path,
        "tensor '\(ForeignName.shown(name))' is of \(elements.type.rawValue), which is not read as integers")
    }
    return result
  }

  package func withBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try elements(name).withBytes(in: file, body)
  }

  package func sha256() -> String { file.sha256() }

  package func verify() throws {
    guard !isVerified.withLock({ $0 }) else { return }
    try file.withBytes { bytes in
      if ZipArchive.isZip(bytes) { try ZipArchive(bytes, file: path).verify(bytes) }
    }
    isVerified.withLock { $0 = true }
  }

  private func elements(_ name: String) throws -> StoredElements {
    guard let elements = tensors[name] else {
      throw CheckpointError(
        .missingTensor, file: path, "has no tensor '\(ForeignName.shown(name))' among its \(tensors.count)")
    }
    return elements
  }
}
