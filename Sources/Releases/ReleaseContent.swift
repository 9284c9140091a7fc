import Checkpoints
import Engine
import Files
import Vocabulary

/// A tensor of a state dict.
typealias NamedTensor = (name: String, tensor: Tensor)

/// The content of a file of an EmoGen release.
enum ReleaseContent {
  case vector(EmotionVector)
  /// `cnn.*` or `backbone.*`, `fc_1.*`, `fc_2.2.*`.
  case encoder([NamedTensor])
  /// `fc.weight [8, P]`, `fc.bias [8]`.
  case classifier([NamedTensor])
  /// `mlp.N.weight`, `mlp.N.bias`.
  case mapper([NamedTensor])
  case confidence([ConfidenceRow])

  /// Recognises a file by its content.
  ///
  /// - Throws: `CheckpointError` that lists the content if it is unknown.
  init(_ file: TorchFile) throws {
    if case .tensor(let tensor) = file.value {
      self = .vector(try EmotionVector(tensor, file: file.path))
      return
    }
    let tensors = try? file.stateDict()
    if let network = tensors.flatMap(Self.network) {
      self = network
    } else if let rows = ConfidenceRow.rows(file.value) {
      self = .confidence(rows)
    } else {
      let content = tensors.map(Self.description) ?? Self.description(file.value)
      throw CheckpointError(
        .unsupported, file: file.path,
        "is not a file of an EmoGen release: it holds \(content). Known files are an emotion's vector "
          + "({emotion}_mean or _std), an encoder (cnn.* or backbone.*, fc_1.*, fc_2.2.*), a classifier "
          + "(fc.weight [8, N], fc.bias [8]), a mapper (mlp.N.weight, mlp.N.bias) and a confidence table "
          + "(attribute → 8 numbers)")
    }
  }

  private static func network(_ tensors: [NamedTensor]) -> ReleaseContent? {
    func has(_ prefix: String) -> Bool { tensors.contains { $0.name.hasPrefix(prefix) } }
    if has("fc_1."), has("cnn.") || has("backbone.") { return .encoder(tensors) }
    if tensors.allSatisfy({ MapperImport.place($0.name) != nil }) { return .mapper(tensors) }
    let emotions = Emotion.allCases.count
    if Set(tensors.map(\.name)) == ["fc.weight", "fc.bias"],
      tensors.allSatisfy({
        $0.tensor.shape.first == emotions && $0.tensor.shape.count == ($0.name == "fc.bias" ? 1 : 2)
      })
    {
      return .classifier(tensors)
    }
    return nil
  }

  // MARK: - Descriptions for the message

  private static let shown = 8

  private static func description(_ tensors: [NamedTensor]) -> String {
    "a state dict of " + list(tensors.map { "'\(ForeignName.shown($0.name))' \($0.tensor.shape)" }, "tensor")
  }

  private static func description(_ value: PickleValue) -> String {
    guard case .dict(let items) = value else { return value.kind }
    return "a dict of "
      + list(
        items.map { key, value in
          let name = if case .string(let name) = key { "'\(ForeignName.shown(name))'" } else { key.kind }
          return if case .tensor(let tensor) = value { "\(name) \(tensor.shape)" } else { "\(name) (\(value.kind))" }
        }, "entry", "entries")
  }

  private static func list(_ names: [String], _ one: String, _ many: String? = nil) -> String {
    let rest = names.count - shown
    return "\(names.count) \(names.count == 1 ? one : many ?? one + "s")"
      + (names.isEmpty ? "" : ": " + names.prefix(shown).joined(separator: ", "))
      + (rest > 0 ? " and \(rest) more" : "")
  }
}
