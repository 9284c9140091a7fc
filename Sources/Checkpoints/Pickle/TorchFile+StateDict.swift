package import Engine
import Files

extension TorchFile {
  /// The keys under which training programs store the weights.
  private static let wrappers = ["state_dict", "model_state_dict", "model", "module"]

  /// The tensors of a state dict by name, in the order of the file.
  ///
  /// The dict may be under `state_dict`, `model_state_dict`, `model` or `module`; a prefix `module.` that all names
  /// share is removed.
  ///
  /// - Throws: `CheckpointError` that names the actual contents if the file has no state dict.
  package func stateDict() throws -> [(name: String, tensor: Tensor)] {
    var items = try entries(value)
    for wrapper in Self.wrappers {
      guard let inner = items.first(where: { $0.key == wrapper })?.value, case .dict = inner else { continue }
      items = try entries(inner)
      break
    }
    let tensors = try items.map { name, value -> (name: String, tensor: Tensor) in
      guard case .tensor(let tensor) = value else {
        throw CheckpointError(
          .unsupported, file: path,
          "'\(ForeignName.shown(name))' is \(value.kind), not a tensor: this is not a state dict"
        )
      }
      return (name, tensor)
    }
    guard !tensors.isEmpty else { throw CheckpointError(.malformed, file: path, "the state dict is empty") }
    let prefix = "module."
    guard tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) else { return tensors }
    return tensors.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) }
  }

  private func entries(_ value: PickleValue) throws -> [(key: String, value: PickleValue)] {
    guard case .dict(let items) = value else {
      throw CheckpointError(.unsupported, file: path, "it holds \(value.kind), not a state dict")
    }
    var names: Set<String> = []
    return try items.map { key, value in
      guard case .string(let name) = key else {
        throw CheckpointError(.unsupported, file: path, "a key is \(key.kind), not a name: this is not a state dict")
      }
      guard names.insert(name).inserted else {
        throw CheckpointError(.malformed, file: path, "'\(ForeignName.shown(name))' occurs twice")
      }
      return (name, value)
    }
  }
}
