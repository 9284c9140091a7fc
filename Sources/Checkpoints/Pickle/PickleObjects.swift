import Files

/// The objects that the known globals build from their arguments.
enum PickleObjects {
  typealias Failure = (String) -> CheckpointError

  private static let largestRank = 16

  /// The storage of a persistent id `(“storage”, class, key, location, count[, view])`.
  static func storage(_ id: PickleNode, _ fail: Failure) throws -> TorchStorage {
    guard case .tuple(let tuple) = id else {
      throw fail("the persistent id is not that of a tensor's storage: the file is refused")
    }
    let parts = tuple.items
    guard parts.count == 5 || parts.count == 6, case .string("storage") = parts[0],
      case .global(.storage(let type)) = parts[1], case .string(let key) = parts[2], case .string = parts[3],
      case .int(let count) = parts[4], count >= 0, count <= Int.max / 8
    else { throw fail("the persistent id is not that of a tensor's storage: the file is refused") }
    if parts.count == 6 {
      guard case .none = parts[5] else { throw fail("storages that are views of others are not read") }
    }
    guard !key.isEmpty, key.utf8.count <= 64, key.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
      throw fail("the storage's key is not a number: the file is refused")
    }
    return TorchStorage(key: key, type: type, count: count)
  }

  /// The object of REDUCE.
  static func make(
    _ global: PickleGlobal, _ values: [PickleNode], _ arena: PickleArena, _ fail: Failure
  ) throws -> PickleNode {
    switch global {
    case .orderedDict:
      guard let first = values.first else { return arena.dict() }
      guard values.count == 1, case .list(let pairs) = first else { throw fail("OrderedDict needs a list of pairs") }
      return arena.dict(
        try pairs.items.map { node in
          guard let pair = Self.pair(node) else { throw fail("OrderedDict needs a list of pairs") }
          return pair
        })
    case .defaultDict: return arena.dict()
    case .rebuildTensor: return .tensor(try tensor(values, fail))
    case .rebuildTypedTensor:
      guard values.count >= 7, case .elementType(let type) = values[6], case .storage(let storage) = values[0] else {
        throw fail("_rebuild_tensor_v3 needs a storage and a number type")
      }
      // The storage counts bytes here.
      let typed = TorchStorage(
        key: storage.key, type: type, count: storage.count * storage.type.size / type.size)
      return .tensor(try tensor([.storage(typed)] + values[1..<6], fail))
    case .rebuildFromType:
      guard values.count >= 3, case .global(let function) = values[0], function != .rebuildFromType,
        case .tuple(let arguments) = values[2]
      else { throw fail("_rebuild_from_type_v2 is read for a known function only") }
      return try make(function, arguments.items, arena, fail)
    case .rebuildParameter:
      guard values.count == 3 || values.count == 4, case .tensor = values[0] else {
        throw fail("a parameter needs a tensor")
      }
      return values[0]
    case .size:
      guard values.count == 1, case .tuple = values[0] else { throw fail("a size needs a tuple") }
      return values[0]
    case .numpyType:
      guard let first = values.first, case .string(let name) = first else { throw fail("a dtype needs a name") }
      return .elementType(try elementType(name, fail))
    case .numpyScalar:
      guard values.count == 2, case .elementType(let type) = values[0], case .bytes(let raw) = values[1],
        raw.count == type.size
      else { throw fail("a numpy scalar needs a dtype and as many bytes") }
      let value = raw.withUnsafeBytes { bytes -> Double? in
        guard let address = bytes.baseAddress else { return nil }
        if type == .f64 { return Double(bitPattern: UInt64(littleEndian: address.loadUnaligned(as: UInt64.self))) }
        guard let widen = type.widening else { return type.integer(address).flatMap { Double(exactly: $0) } }
        var value: Float = 0
        widen(address, &value, 1)
        return Double(value)
      }
      guard let value else { throw fail("an integer is too large") }
      return .double(value)
    case .numpyReconstruct:
      guard values.count == 3, case .global(.numpyArray) = values[0] else {
        throw fail("_reconstruct is read for numpy.ndarray only")
      }
      return .array(PickleArray())
    case .encode:
      guard values.count == 2, case .string(let text) = values[0], case .string(let coding) = values[1],
        coding == "latin1" || coding == "latin-1", text.unicodeScalars.allSatisfy({ $0.value < 256 })
      else { throw fail("_codecs.encode is read for latin1 text only") }
      return .bytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    case .emptyBytes:
      guard values.isEmpty else { throw fail("bytes() is read without arguments only") }
      return .bytes([])
    case .storage, .numpyArray, .elementType:
      throw fail("REDUCE of a class that is not a function: the file is refused")
    }
  }

  private static func pair(_ node: PickleNode) -> (key: PickleNode, value: PickleNode)? {
    switch node {
    case .tuple(let tuple) where tuple.items.count == 2: (tuple.items[0], tuple.items[1])
    case .list(let list) where list.items.count == 2: (list.items[0], list.items[1])
    default: nil
    }
  }

  /// The tensor of `(storage, offset, shape, strides[, requires_grad, hooks[, metadata]])`.
  private static func tensor(_ values: [PickleNode], _ fail: Failure) throws -> TorchTensor {
    guard [4, 6, 7].contains(values.count), case .storage(let storage) = values[0],
      case .int(let offset) = values[1], case .tuple(let shape) = values[2], case .tuple(let strides) = values[3]
    else { throw fail("_rebuild_tensor_v2 needs a storage, an offset, a shape and strides") }
    let sizes = try numbers(shape.items, fail)
    let steps = try numbers(strides.items, fail)
    guard sizes.count == steps.count, sizes.count <= largestRank else {
      throw fail("a tensor's shape and strides do not match")
    }
    guard offset >= 0, offset <= storage.count else { throw fail("a tensor's offset lies outside of its storage") }
    // The offset of the furthest element, computed without overflow.
    var last = offset
    var count = 1
    for (size, step) in zip(sizes, steps) {
      let (reach, first) = max(0, size - 1).multipliedReportingOverflow(by: step)
      let (sum, second) = last.addingReportingOverflow(reach)
      let (product, third) = count.multipliedReportingOverflow(by: size)
      guard !first, !second, !third, product <= 1 << 33 else { throw fail("a tensor's shape is too large") }
      (last, count) = (sum, product)
    }
    guard count == 0 || last < storage.count else { throw fail("a tensor reaches beyond its storage") }
    guard count <= max(1, storage.count) else { throw fail("a tensor repeats its storage's elements") }
    return TorchTensor(storage: storage, offset: offset, shape: sizes, strides: steps)
  }

  private static func numbers(_ nodes: [PickleNode], _ fail: Failure) throws -> [Int] {
    try nodes.map { node in
      guard case .int(let value) = node, value >= 0 else { throw fail("a shape or stride is not a number from 0 up") }
      return value
    }
  }

  private static func elementType(_ name: String, _ fail: Failure) throws -> ElementType {
    switch name {
    case "f4", "<f4": return .f32
    case "f8", "<f8": return .f64
    case "f2", "<f2": return .f16
    case "i8", "<i8": return .i64
    case "i4", "<i4": return .i32
    case "i2", "<i2": return .i16
    case "i1", "|i1": return .i8
    case "u1", "|u1": return .u8
    case "u2", "<u2": return .u16
    case "u4", "<u4": return .u32
    case "u8", "<u8": return .u64
    case "b1", "|b1": return .bool
    default: throw fail("numpy's dtype '\(name.prefix(20).filter(\.isASCII))' is not read")
    }
  }

  /// BUILD: applies a state to an object.
  static func build(_ object: PickleNode, _ state: PickleNode, _ fail: Failure) throws -> PickleNode {
    switch (object, state) {
    case (.dict, .dict):
      // Modules keep attributes beside their state dict, such as version numbers, which are ignored.
      return object
    case (.elementType, .tuple(let tuple)):
      let parts = tuple.items
      guard parts.count > 1, case .string(let order) = parts[1], order == "<" || order == "|" else {
        throw fail("numpy's big-endian numbers are not read")
      }
      return object
    case (.array(let array), .tuple(let tuple)):
      let parts = tuple.items
      guard parts.count == 5, case .tuple(let shape) = parts[1], case .elementType(let type) = parts[2],
        case .bool(false) = parts[3], case .bytes(let data) = parts[4]
      else { throw fail("numpy's array is not a plain one in C order") }
      let sizes = try numbers(shape.items, fail)
      var count = type.size
      for size in sizes {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow else { throw fail("numpy's array is too large") }
        count = product
      }
      guard count == data.count, sizes.count <= largestRank else { throw fail("numpy's array has not as many bytes") }
      array.tensor = (sizes, type, data)
      return object
    default: throw fail("BUILD of such an object is not read: the file is refused")
    }
  }
}
