import Checkpoints
import Files

/// The tensors of a file whose names begin with a prefix, under the rest of their names.
struct TensorSection: Sendable {
  let file: any TensorFile
  let prefix: String
  /// Without the prefix, in the order of the file.
  let names: [String]
  private let known: Set<String>

  init(_ file: any TensorFile, prefix: String) {
    self.file = file
    self.prefix = prefix
    names = file.tensorNames.compactMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
    known = Set(names)
  }

  var isEmpty: Bool { names.isEmpty }

  func contains(_ name: String) -> Bool { known.contains(name) }

  func containsPrefix(_ start: String) -> Bool { names.contains { $0.hasPrefix(start) } }

  /// - Parameter rank: the number of axes that the tensor must have.
  /// - Throws: `CheckpointError`: `missingTensor` or `misshapen`, with the name as in the file.
  func shape(_ name: String, rank: Int) throws -> [Int] {
    guard contains(name) else {
      throw CheckpointError(
        .missingTensor, file: file.path,
        "misses tensor '\(prefix)\(name)': the checkpoint is incomplete, get it again or from another source")
    }
    let shape = try file.shape(of: prefix + name)
    guard shape.count == rank, shape.allSatisfy({ (1...1 << 24).contains($0) }) else {
      let needed = shape.count == rank ? "sides from 1 to \(1 << 24)" : "\(rank) axes"
      throw CheckpointError(
        .misshapen, file: file.path,
        "tensor '\(prefix)\(name)' has the shape \(shape), where \(needed) are needed: the checkpoint is damaged or of another family"
      )
    }
    return shape
  }

  /// The number of axes; nil if there is no such tensor.
  func rank(_ name: String) -> Int? { contains(name) ? try? file.shape(of: prefix + name).count : nil }

  func stored(_ name: String, _ change: StoredTensor.Change = .none) -> StoredTensor {
    StoredTensor(file, prefix + name, change)
  }

  /// An error about the section as a whole.
  func unsupported(_ what: String) -> CheckpointError { CheckpointError(.unsupported, file: file.path, what) }

  /// How many consecutive blocks `stem.0.`, `stem.1.`, … there are.
  func count(_ stem: String) -> Int {
    let start = "\(stem)."
    let indices = Set(
      names.lazy.filter { $0.hasPrefix(start) }
        .compactMap { Int($0.dropFirst(start.count).prefix { $0 != "." }) })
    return (0...).first { !indices.contains($0) } ?? 0
  }
}
