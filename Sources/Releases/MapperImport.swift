import Checkpoints
import EmoGen
import Engine
import Files

/// Converts `mlp.N.weight` and `mlp.N.bias` to `mapper`.
///
/// Activations and dropouts have no tensors; the gap between the numbers of two linear layers reveals them. A gap of
/// two means an activation, a gap of three an activation and a dropout; a norm adds one.
enum MapperImport {
  private struct Configuration: Encodable {
    let input: Int
    let hidden: [Int]
    let output: Int
    /// EmoGen's activation; the tensors do not tell it.
    let activation = Activation.relu.rawValue
    let layerNorm: Bool
    /// EmoGen's probability if there is a dropout, otherwise 0.
    let dropout: Double

    enum CodingKeys: String, CodingKey {
      case input, hidden, output, activation, dropout
      case layerNorm = "layer_norm"
    }
  }

  /// The N of `mlp.N.weight` and `mlp.N.bias`; nil for other names.
  static func place(_ name: String) -> Int? {
    name.wholeMatch(of: #/mlp\.(0|[1-9][0-9]{0,3})\.(?:weight|bias)/#).flatMap { Int($0.1) }
  }

  /// - Returns: nil if no file is a mapper.
  /// - Throws: `CheckpointError` if the engine does not support the layers.
  static func part(_ releases: [ReleaseFile]) throws -> ImportedPart? {
    let found = try releases.single("a mapper") { if case .mapper(let tensors) = $0 { tensors } else { nil } }
    guard let (file, tensors) = found else { return nil }
    let folder = "mapper"
    return ImportedPart(
      "mapper",
      [
        try ImportedFile("\(folder)/config.json", json: try configuration(tensors, file), from: [file]),
        try ImportedFile(
          "\(folder)/model.safetensors",
          tensors: tensors.map { ImportedTensor(name: $0.name, original: $0.name, source: file, tensor: $0.tensor) },
          from: [file]),
      ]
    ) {
      _ = try Mapper(.open(folder: "\($0)/\(folder)"), configuration: "\($0)/\(folder)/config.json")
    }
  }

  private static func configuration(_ tensors: [NamedTensor], _ file: ReleaseFile) throws -> Configuration {
    var linears: [(place: Int, inputs: Int, outputs: Int)] = []
    var norms: Set<Int> = []
    for (name, tensor) in tensors {
      guard name.hasSuffix(".weight"), let place = place(name) else { continue }
      switch tensor.shape.count {
      case 1: norms.insert(place)
      case 2: linears.append((place, tensor.shape[1], tensor.shape[0]))
      default:
        throw CheckpointError(
          .unsupported, file: file.path,
          "tensor '\(name)' has the shape \(tensor.shape), but a mapper only has matrices and norms")
      }
    }
    linears.sort { $0.place < $1.place }
    let gaps = zip(linears, linears.dropFirst()).map { $1.place - $0.place }
    let hasNorms = !norms.isEmpty
    let (plain, withDropout) = hasNorms ? (3, 4) : (2, 3)
    guard let first = linears.first, let last = linears.last, first.place == 0, Set(gaps).count <= 1,
      norms == (hasNorms ? Set(linears.dropLast().map { $0.place + 1 }) : [])
    else { throw unknown(file) }
    let gap = gaps.first ?? plain
    guard gap == plain || gap == withDropout else { throw unknown(file) }
    return Configuration(
      input: first.inputs, hidden: linears.dropLast().map(\.outputs), output: last.outputs, layerNorm: hasNorms,
      dropout: gap == withDropout ? 0.5 : 0)
  }

  private static func unknown(_ file: ReleaseFile) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file.path,
      "its layers are not numbered as those of a supported mapper: a linear layer, optionally a norm, an activation, optionally a dropout, and so on up to a last linear layer"
    )
  }
}
