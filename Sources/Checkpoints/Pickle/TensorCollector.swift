import Files

/// Finds the tensors of a state dict among a pickle's objects.
struct TensorCollector {
  typealias Named = (name: String, tensor: TorchTensor)

  private let file: String
  private var found: [Named] = []
  private var visits = 0

  /// The keys under which training programs store the weights beside their own state.
  static let wrappers = ["state_dict", "model_state_dict", "model", "module"]
  private static let deepest = 32
  private static let longestName = 4_096
  private static let mostVisits = 4_000_000

  init(file: String) { self.file = file }

  /// The tensors by name, in the order of the file: those under `state_dict` or another usual key if the file has one,
  /// otherwise all, where the names of nested dicts are joined by dots. A prefix `module.` that all names share is
  /// removed.
  ///
  /// - Throws: `CheckpointError`: `unsupported` if there is none.
  mutating func tensors(of root: PickleNode) throws -> [Named] {
    var start = root
    if let items = Self.items(root) {
      for wrapper in Self.wrappers {
        guard let inner = items.first(where: { Self.name($0.key) == wrapper })?.value, Self.items(inner) != nil else {
          continue
        }
        start = inner
        break
      }
    }
    try collect(start, prefix: "", depth: 0)
    guard !found.isEmpty else {
      throw CheckpointError(
        .unsupported, file: file,
        "holds \(root.kind) without a tensor under a name: save the model's state_dict() with torch.save")
    }
    let prefix = "module."
    guard found.allSatisfy({ $0.name.hasPrefix(prefix) }) else { return found }
    return found.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) }
  }

  /// The whole numbers in the outermost dict, as text.
  static func numbers(of root: PickleNode) -> [String: String] {
    (items(root) ?? []).reduce(into: [:]) { numbers, item in
      if case .int(let value) = item.value, let name = name(item.key) { numbers[name] = String(value) }
    }
  }

  private mutating func collect(_ node: PickleNode, prefix: String, depth: Int) throws {
    visits += 1
    guard depth <= Self.deepest, prefix.utf8.count <= Self.longestName, visits <= Self.mostVisits else {
      throw CheckpointError(
        .unsupported, file: file,
        "its dicts nest too deeply, have names that are too long, or one holds itself: the file is refused")
    }
    if case .tensor(let tensor) = node, !prefix.isEmpty {
      found.append((String(prefix.dropLast()), tensor))
    } else if let items = Self.items(node) {
      for (key, value) in items {
        guard let name = Self.name(key) else { continue }
        // A module of PyTorch holds its tensors and its parts in dicts of its own.
        let isOwn = if case .foreign = node { ["_parameters", "_buffers", "_modules"].contains(name) } else { false }
        try collect(value, prefix: isOwn ? prefix : "\(prefix)\(name).", depth: depth + 1)
      }
    }
  }

  private static func name(_ key: PickleNode) -> String? { if case .string(let name) = key { name } else { nil } }

  private static func items(_ node: PickleNode) -> [(key: PickleNode, value: PickleNode)]? {
    switch node {
    case .dict(let dict): dict.items
    case .foreign(let object):
      if case .dict(let state)? = object.state { object.items + state.items } else { object.items }
    default: nil
    }
  }
}
