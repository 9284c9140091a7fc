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
  private let owners: [String: SafetensorsFile]
  /// Draws the values if there are no files.
  private let initial: InitialValues?
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
    folder: String, root: String? = nil, parameters: ParameterSet? = nil
  ) throws -> Weights {
    let found = try WeightFolder(folder: folder)
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
    let opened = try SafetensorsFile(path: file)
    try self.init(path: file, files: [(path ?? parts.suffix(2).joined(separator: "/"), opened)], parameters)
  }

  private init(drawing initial: InitialValues, _ parameters: ParameterSet) {
    path = "(new weights)"
    digests = []
    owners = [:]
    self.initial = initial
    self.parameters = parameters
  }

  private convenience init(_ found: WeightFolder, prefix: String, _ parameters: ParameterSet?) throws {
    let files = try found.files.map { name in
      (name: name, file: try SafetensorsFile(path: "\(found.folder)/\(name)"))
    }
    let path = "\(found.folder)/\(found.index?.name ?? found.files[0])"
    if let map = found.index?.map {
      let shards = Dictionary(uniqueKeysWithValues: files)
      for (tensor, shard) in map.sorted(by: { $0.key < $1.key }) where shards[shard]?.contains(tensor) != true {
        throw CheckpointError(
          .missingTensor, file: path,
          "puts tensor '\(tensor)' into \(shard), which has none of that name: fetch both again")
      }
      for (name, file) in files {
        for tensor in file.tensorNames where map[tensor] != name {
          throw CheckpointError(
            .unexpectedTensor, file: path,
            map[tensor].map {
              "puts tensor '\(tensor)' into \($0), but \(name) has one of that name too: fetch them again"
            }
              ?? "does not name tensor '\(tensor)' of \(name): fetch both again")
        }
      }
    }
    try self.init(path: path, files: files.map { (prefix + $0.name, $0.file) }, parameters)
  }

  private init(path: String, files: [(name: String, file: SafetensorsFile)], _ parameters: ParameterSet?) throws {
    self.path = path
    self.parameters = parameters
    initial = nil
    digests = files.map { WeightDigest($0.file, as: $0.name) }
    owners = files.reduce(into: [:]) { owners, entry in
      for tensor in entry.file.tensorNames { owners[tensor] = entry.file }
    }
  }

  /// All files, with the digests of the bytes from which tensors are read.
  package var files: [ModelFile] { digests.map(\.file) }

  /// Starts to compute the digests on another thread, so that `files` does not wait long for them.
  package func digestInBackground() { digests.forEach { $0.begin() } }

  /// The names of all tensors, sorted.
  package var names: [String] { owners.keys.sorted() }

  package func contains(_ name: String) -> Bool { owners[name] != nil }

  /// The tensor's shape; nil if there is no such tensor.
  package func shape(of name: String) -> [Int]? { try? owners[name]?.shape(of: name) }

  /// Returns the tensor `name` as 32-bit floats, with the axes of the file, and marks it as requested.
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
    let owner = try owner(of: name, shape)
    let tensor = try owner.tensor(name)
    taken.withLock { _ = $0.insert(name) }
    return tensor
  }

  /// Returns the I64 or I32 tensor `name` in row-major order, and marks it as requested.
  package func integers(_ name: String, _ shape: [Int]) throws -> [Int] {
    let owner = try owner(of: name, shape)
    let values = try owner.integers(name)
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
    guard let first = left.first, let owner = owners[first] else { return }
    let shown = left.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    throw CheckpointError(
      .unexpectedTensor, file: owner.path,
      "holds \(left.count) tensor\(left.count == 1 ? "" : "s") that the model has no place for: \(shown)"
        + (left.count > 5 ? " and \(left.count - 5) more" : "") + ". Check that config.json belongs to these weights")
  }

  private func owner(of name: String, _ shape: [Int]) throws -> SafetensorsFile {
    guard let owner = owners[name] else {
      throw CheckpointError(
        .missingTensor, file: path,
        "misses tensor '\(name)' of shape \(shape). Check that config.json belongs to these weights")
    }
    let found = try owner.shape(of: name)
    guard found == shape else {
      throw CheckpointError(
        .misshapen, file: owner.path,
        "tensor '\(name)' has the shape \(found), where the model needs \(shape). "
          + "Check that config.json belongs to these weights")
    }
    return owner
  }

  private static func prefix(of folder: String, under root: String?) -> String {
    let parts = folder.split(separator: "/")
    let above = root.map { $0.split(separator: "/") } ?? Array(parts.dropLast())
    let rest = parts.starts(with: above) ? parts.dropFirst(above.count) : parts.suffix(1)
    return rest.map { $0 + "/" }.joined()
  }
}
