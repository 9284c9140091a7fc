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
  case numberType(NumberType)
  case array(PickleArray)
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
  var tensor: (shape: [Int], type: NumberType, data: [UInt8])?
}

/// A storage that a persistent id names.
struct TorchStorage {
  let key: String
  let type: NumberType
  let count: Int
}

/// A view of a storage.
struct TorchTensor {
  let storage: TorchStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// The number types of PyTorch's storages and numpy's arrays.
enum NumberType: Hashable {
  case float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool

  var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// The value at a valid byte offset; nil if fp32 cannot hold an integer exactly.
  func value(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Float? {
    func load<T: FixedWidthInteger>(_ type: T.Type) -> T {
      T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
    switch self {
    case .float32: return Float(bitPattern: load(UInt32.self))
    case .float64: return Float(Double(bitPattern: load(UInt64.self)))
    case .float16: return Float(Float16(bitPattern: load(UInt16.self)))
    case .bfloat16: return Float(bitPattern: UInt32(load(UInt16.self)) << 16)
    case .int64: return Float(exactly: load(Int64.self))
    case .int32: return Float(exactly: load(Int32.self))
    case .int16: return Float(load(Int16.self))
    case .int8: return Float(load(Int8.self))
    case .uint8: return Float(load(UInt8.self))
    case .bool: return load(UInt8.self) == 0 ? 0 : 1
    }
  }
}
