import Files

/// An object on the pickle machine's stack. Containers are shared, as the pickle's memo shares them.
enum PickleNode {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer of more than eight bytes, little-endian.
  case largeInteger([UInt8])
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case list(PickleList)
  case tuple(PickleTuple)
  case dict(PickleDict)
  case global(PickleGlobal)
  case storage(TorchStorage)
  case tensor(TorchTensor)
  case elementType(ElementType)
  case array(PickleArray)
  /// A class or object that is not part of tensor data.
  case foreign(PickleForeign)

  /// The object's kind, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int, .largeInteger: "an int"
    case .double: "a float"
    case .string: "a string"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dict: "a dict"
    case .global: "a class"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .elementType: "a number type"
    case .array: "a numpy array"
    case .foreign(let object): "an object of '\(ForeignName.shown(object.name))'"
    }
  }
}

/// A class or an object of it. It has no behaviour: what the pickle would do with it is only recorded.
final class PickleForeign {
  /// Module and name of the class.
  let name: String
  var state: PickleNode?
  /// Pairs that were set by key.
  var items: [(key: PickleNode, value: PickleNode)] = []

  init(_ name: String) { self.name = name }
}

/// A tuple is immutable, so its depth is known at its creation.
struct PickleTuple {
  let items: [PickleNode]
  /// The nesting depth of tuples; 1 if the tuple contains no other.
  let depth: Int

  init(_ items: [PickleNode]) {
    self.items = items
    depth = items.reduce(1) { depth, item in
      if case .tuple(let inner) = item { max(depth, inner.depth + 1) } else { depth }
    }
  }
}

/// Owns the containers of a file. Releasing it neither leaks containers that hold themselves nor recurses through long
/// chains of containers.
final class PickleArena {
  private var lists: [PickleList] = []
  private var dicts: [PickleDict] = []
  private var objects: [PickleForeign] = []
  /// The storages that persistent ids named, by key.
  private(set) var storages: [String: TorchStorage] = [:]

  func register(_ storage: TorchStorage) { storages[storage.key] = storage }

  func foreign(_ name: String) -> PickleNode {
    let object = PickleForeign(name)
    objects.append(object)
    return .foreign(object)
  }

  func list() -> PickleNode {
    let list = PickleList()
    lists.append(list)
    return .list(list)
  }

  func dict(_ items: [(key: PickleNode, value: PickleNode)] = []) -> PickleNode {
    let dict = PickleDict()
    dict.items = items
    dicts.append(dict)
    return .dict(dict)
  }

  deinit {
    for list in lists { list.items = [] }
    for dict in dicts { dict.items = [] }
    for object in objects { (object.items, object.state) = ([], nil) }
  }
}

final class PickleList {
  var items: [PickleNode] = []
}

final class PickleDict {
  var items: [(key: PickleNode, value: PickleNode)] = []
}

/// A numpy array between its creation and its BUILD.
final class PickleArray {
  var tensor: (shape: [Int], type: ElementType, data: [UInt8])?
}

/// A storage that a persistent id names.
struct TorchStorage {
  let key: String
  let type: ElementType
  let count: Int
}

/// A view of a storage.
struct TorchTensor {
  let storage: TorchStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  /// The tensor's place in the file, given its storages'.
  ///
  /// - Throws: `CheckpointError` if the storage is missing or too short.
  func elements(in storages: [String: Range<Int>], file: String) throws -> StoredElements {
    guard let range = storages[storage.key] else {
      throw CheckpointError(.malformed, file: file, "storage \(storage.key) is missing")
    }
    guard storage.count <= range.count / storage.type.size else {
      throw CheckpointError(
        .malformed, file: file, offset: range.lowerBound,
        "storage \(storage.key) has \(range.count) bytes, too few for \(storage.count) numbers")
    }
    return StoredElements(
      storage.type, shape, at: range.lowerBound + offset * storage.type.size, strides: strides)
  }
}
