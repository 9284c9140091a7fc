package import Engine
import Files
import Synchronization
package import Vocabulary

/// The tensors of one part of a model by name, with a record of those that were not requested.
///
/// The files stay mapped for the lifetime of the value, so release it when the networks are built.
package final class Weights: Sendable {
  /// The weight file, or the index of sharded ones, for error messages.
  package let path: String
  /// Collects the network's parameters in the engine's layout if the network is to be trained.
  package let parameters: ParameterSet?
  private let digests: [WeightDigest]
  private let stored: [String: StoredTensor]
  /// Applied to every tensor that is read, in this order.
  private let adjustments: [any WeightAdjustment]
  /// Draws the values if there are no files.
  private let initial: InitialValues?
  /// Whether values are checked instead of kept.
  private let isExamined: Bool
  private let taken = Mutex<Set<String>>([])
  private let kept = Mutex<[KeptForms]>([])

  /// The forms that GEMMs cache beside the requested matrices.
  package var forms: [KeptForms] { kept.withLock { $0 } }

  /// The weights in the folder of one part, such as `<model>/unet`, in one file or sharded.
  ///
  /// `files` names them relative to `root`, by default the folder above.
  ///
  /// - Throws: `CheckpointError`; if an index disagrees with its shards, the error names the tensor.
  package static func open(
    folder: String, root: String? = nil, variant: String? = nil, parameters: ParameterSet? = nil
  ) throws -> Weights {
    let found = try WeightFolder(folder: folder, variant: variant)
    return try Weights(found, prefix: prefix(of: folder, under: root), parameters)
  }

  /// Weights without a file, drawn as PyTorch initialises a new network; each tensor depends only on the seed and its
  /// name.
  package static func fresh(seed: UInt64, parameters: ParameterSet) -> Weights {
    Weights(drawing: InitialValues(seed: seed), parameters)
  }

  /// The weights of one file, named `path` in `files` (default: the file's folder and name).
  package convenience init(file: String, as path: String? = nil, parameters: ParameterSet? = nil) throws {
    let parts = file.split(separator: "/")
    let opened = try TensorFiles.open(file)
    self.init(
      path: file, tensors: Self.tensors(of: [opened]),
      files: [(path ?? parts.suffix(2).joined(separator: "/"), opened)], parameters: parameters)
  }

  private init(drawing initial: InitialValues, _ parameters: ParameterSet) {
    path = "(new weights)"
    digests = []
    stored = [:]
    adjustments = []
    isExamined = false
    self.initial = initial
    self.parameters = parameters
  }

  private convenience init(_ found: WeightFolder, prefix: String, _ parameters: ParameterSet?) throws {
    let files = try found.openFiles()
    let path = "\(found.folder)/\(found.index?.name ?? found.files[0])"
    self.init(
      path: path, tensors: Self.tensors(of: files.map(\.file)), files: files.map { (prefix + $0.name, $0.file) },
      parameters: parameters)
  }

  /// Tensors that lie in files under other names or in another form than the network's.
  ///
  /// - Parameters:
  ///   - path: What error messages name as the place of a missing tensor.
  ///   - tensors: The network's names and where their values are.
  ///   - files: The files and their names in provenance records; every file of `tensors` is one of them.
  package init(
    path: String, tensors: [String: StoredTensor], files: [(name: String, file: any TensorFile)],
    parameters: ParameterSet? = nil
  ) {
    self.path = path
    self.parameters = parameters
    adjustments = []
    initial = nil
    isExamined = false
    digests = files.map { WeightDigest($0.file, as: $0.name) }
    stored = AttentionNames.updated(tensors)
  }

  /// The same tensors, changed while they are read.
  package func adjusted(by adjustments: [any WeightAdjustment]) -> Weights {
    Weights(self, adding: adjustments, examining: isExamined)
  }

  /// The same weights for a network that is built only to examine them: every tensor that it requests is read, checked
  /// to be finite and, if it is a matrix, dropped again, so that memory holds one matrix at a time.
  ///
  /// - Throws: `CheckpointError`: `malformed` if a file's checksums are wrong.
  package func examining() throws -> Weights {
    for digest in digests { try digest.source.verify() }
    return Weights(self, adding: [], examining: true)
  }

  private init(_ other: Weights, adding adjustments: [any WeightAdjustment], examining: Bool) {
    path = other.path
    parameters = other.parameters
    digests = other.digests
    stored = other.stored
    self.adjustments = other.adjustments + adjustments
    initial = other.initial
    isExamined = examining
  }

  private static func tensors(of files: [any TensorFile]) -> [String: StoredTensor] {
    files.reduce(into: [:]) { stored, file in
      for name in file.tensorNames { stored[name] = StoredTensor(file, name) }
    }
  }

  /// All files, with the digests of the bytes from which tensors are read.
  package var files: [ModelFile] { digests.map(\.file) }

  /// Starts to compute the digests on another thread, so that `files` does not wait long for them.
  package func digestInBackground() { digests.forEach { $0.begin() } }

  /// The names of all tensors, sorted.
  package var names: [String] { stored.keys.sorted() }

  /// All tensors as they are stored, sorted by name.
  package var tensors: [(name: String, stored: StoredTensor)] {
    stored.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
  }

  package func contains(_ name: String) -> Bool { stored[name] != nil }

  /// The tensor's shape; nil if there is no such tensor.
  package func shape(of name: String) -> [Int]? { try? stored[name]?.shape() }

  /// Returns the tensor `name` as 32-bit floats, with PyTorch's axes and adjusted, and marks it as requested.
  ///
  /// - Throws: `CheckpointError`: `missingTensor`, or `misshapen` with both shapes.
  package func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
    let tensor = try values(name, shape) { $0.plain(name, shape) }
    let isStatistic = name.hasSuffix(".running_mean") || name.hasSuffix(".running_var")
    parameters?.add(Parameter(name, shape, tensor, isTrainable: !isStatistic))
    return tensor
  }

  /// The matrix of a linear layer or convolution, packed for GEMM, with its bias: `name.weight` and `name.bias`.
  ///
  /// - Parameter shape: `[outputs, inputs]` or `[outputs, inputs, height, width]`.
  package func matrix(_ name: String, _ shape: [Int], bias: Bool = true) throws -> PackedMatrix {
    let weight = try values("\(name).weight", shape) { $0.matrix("\(name).weight", shape) }
    let fan = shape.dropFirst().reduce(1, *)
    let own = bias ? try values("\(name).bias", [shape[0]]) { $0.bias("\(name).bias", shape[0], fan: fan) } : nil
    if isExamined { return PackedMatrix(withoutValues: shape) }
    let taps = shape.dropFirst(2).reduce(1, *)
    let isFixed = parameters == nil
    let packed =
      shape.count == 4
      ? PackedMatrix(convolution: weight, bias: own, isFixed: isFixed)
      : PackedMatrix(linear: weight, bias: own, isFixed: isFixed)
    if let forms = packed.kept { kept.withLock { $0.append(forms) } }
    parameters?.add(Parameter("\(name).weight", shape, packed.matrix, layout: .matrix(taps: taps)))
    if let own { parameters?.add(Parameter("\(name).bias", [shape[0]], own)) }
    return packed
  }

  /// Returns a tensor of the files, or a drawn one, and marks it as requested.
  private func values(_ name: String, _ shape: [Int], drawn: (InitialValues) -> Tensor) throws -> Tensor {
    if let initial { return drawn(initial) }
    let source = try source(of: name, shape)
    let tensor = try adjustments.reduce(try source.tensor()) { try $1.adjusted(name, $0) }
    taken.withLock { _ = $0.insert(name) }
    if isExamined, let position = tensor.firstNonFinitePosition {
      throw CheckpointError(
        .malformed, file: source.file.path,
        "tensor '\(name)' holds \(tensor.values[position]) at position \(position) of \(tensor.count): images would be "
          + "noise or black. Fetch the file again, or use another version of the model: merges in 16 bits can overflow")
    }
    return tensor
  }

  /// Returns the tensor `name` of integers in row-major order, and marks it as requested.
  package func integers(_ name: String, _ shape: [Int]) throws -> [Int] {
    let values = try source(of: name, shape).integers()
    taken.withLock { _ = $0.insert(name) }
    return values
  }

  /// Checks that every tensor was requested, except those whose names start or end with one of `ignoring`.
  ///
  /// - Throws: `CheckpointError`: `unexpectedTensor`.
  package func finish(ignoring: [String] = []) throws {
    let used = taken.withLock { $0 }
    let left = names.filter { name in
      !used.contains(name) && !ignoring.contains { name.hasPrefix($0) || name.hasSuffix($0) }
    }
    guard let first = left.first, let source = stored[first] else { return }
    let shown = left.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    throw CheckpointError(
      .unexpectedTensor, file: source.file.path,
      "holds \(left.count) tensor\(left.count == 1 ? "" : "s") that the model has no place for: \(shown)"
        + (left.count > 5 ? " and \(left.count - 5) more" : "") + ". Check that config.json belongs to these weights")
  }

  private func source(of name: String, _ shape: [Int]) throws -> StoredTensor {
    guard let source = stored[name] else {
      throw CheckpointError(
        .missingTensor, file: path,
        "misses tensor '\(name)' of shape \(shape). Check that config.json belongs to these weights")
    }
    let found = try source.shape()
    guard found == shape else {
      throw CheckpointError(
        .misshapen, file: source.file.path,
        "tensor '\(name)' has the shape \(found), where the model needs \(shape). "
          + "Check that config.json belongs to these weights")
    }
    return source
  }

  private static func prefix(of folder: String, under root: String?) -> String {
    let parts = folder.split(separator: "/")
    let above = root.map { $0.split(separator: "/") } ?? Array(parts.dropLast())
    let rest = parts.starts(with: above) ? parts.dropFirst(above.count) : parts.suffix(1)
    return rest.map { $0 + "/" }.joined()
  }
}
