import Engine
import Files

/// Converts the machine's result to values and reads the tensors' numbers.
struct PickleResolver {
  private let bytes: UnsafeRawBufferPointer
  private let file: String
  private let storages: (String) -> Range<Int>?
  private var values = 0
  private var numbers = 0

  private static let deepest = 64
  private static let mostValues = 4_000_000
  /// Limits the total, because views may repeat the numbers of a storage.
  private static let mostNumbers = 1 << 33

  init(_ bytes: UnsafeRawBufferPointer, file: String, storages: @escaping (String) -> Range<Int>?) {
    self.bytes = bytes
    self.file = file
    self.storages = storages
  }

  /// - Throws: `CheckpointError` if a container holds itself or nests too deeply, or a storage is missing or too short.
  mutating func value(_ node: PickleNode, depth: Int = 0) throws -> PickleValue {
    guard depth < Self.deepest else {
      throw CheckpointError(
        .unsupported, file: file,
        "containers nest deeper than \(Self.deepest), or one holds itself: the file is refused")
    }
    values += 1
    guard values <= Self.mostValues else {
      throw CheckpointError(
        .unsupported, file: file, "it holds more than \(Self.mostValues) objects: the file is refused")
    }
    switch node {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    case .bytes(let value): return .bytes(value)
    case .list(let list): return .list(try list.items.map { try value($0, depth: depth + 1) })
    case .tuple(let tuple): return .tuple(try tuple.items.map { try value($0, depth: depth + 1) })
    case .dict(let dict):
      return .dict(
        try dict.items.map { (try value($0.key, depth: depth + 1), try value($0.value, depth: depth + 1)) })
    case .tensor(let tensor): return .tensor(try resolved(tensor))
    case .array(let array): return .tensor(try resolved(array))
    case .largeInteger: throw refusal("it holds an integer of more than 64 bits")
    case .global, .storage, .numberType: throw refusal("it holds a class or storage where data was expected")
    }
  }

  private func refusal(_ message: String) -> CheckpointError {
    CheckpointError(.unsupported, file: file, "\(message): the file is refused")
  }

  private mutating func take(_ count: Int) throws {
    numbers += count
    guard numbers <= Self.mostNumbers else { throw refusal("its tensors hold more than \(Self.mostNumbers) numbers") }
  }

  private mutating func resolved(_ tensor: TorchTensor) throws -> Tensor {
    let storage = tensor.storage
    guard let range = storages(storage.key) else {
      throw CheckpointError(.malformed, file: file, "storage \(storage.key) is missing")
    }
    guard storage.count <= range.count / storage.type.size else {
      throw CheckpointError(
        .malformed, file: file, offset: range.lowerBound,
        "storage \(storage.key) has \(range.count) bytes, too few for \(storage.count) numbers")
    }
    try take(tensor.shape.reduce(1, *))
    let rank = tensor.shape.count
    return try Tensor(tensor.shape) { target in
      var index = [Int](repeating: 0, count: rank)
      var element = tensor.offset
      for place in target.indices {
        target[place] = try number(storage.type, bytes, range.lowerBound + element * storage.type.size)
        for axis in stride(from: rank - 1, through: 0, by: -1) {
          index[axis] += 1
          element += tensor.strides[axis]
          if index[axis] < tensor.shape[axis] { break }
          element -= tensor.strides[axis] * tensor.shape[axis]
          index[axis] = 0
        }
      }
    }
  }

  private mutating func resolved(_ array: PickleArray) throws -> Tensor {
    guard let (shape, type, data) = array.tensor else { throw refusal("a numpy array has no data") }
    try take(shape.reduce(1, *))
    return try data.withUnsafeBytes { raw in
      try Tensor(shape) { target in
        for place in target.indices { target[place] = try number(type, raw, place * type.size) }
      }
    }
  }

  private func number(_ type: NumberType, _ raw: UnsafeRawBufferPointer, _ offset: Int) throws -> Float {
    guard let value = type.value(raw, at: offset) else {
      throw refusal("an integer tensor holds a number that fp32 cannot hold")
    }
    return value
  }

  /// Visits the storage of every tensor, each container once.
  static func forEachStorage(_ node: PickleNode, _ visit: (TorchStorage) -> Void) {
    var seen: Set<ObjectIdentifier> = []
    var waiting = [node]
    while let node = waiting.popLast() {
      switch node {
      case .tensor(let tensor): visit(tensor.storage)
      case .tuple(let tuple): waiting += tuple.items
      case .list(let list): if seen.insert(ObjectIdentifier(list)).inserted { waiting += list.items }
      case .dict(let dict):
        if seen.insert(ObjectIdentifier(dict)).inserted {
          for item in dict.items { waiting += [item.key, item.value] }
        }
      default: break
      }
    }
  }
}
