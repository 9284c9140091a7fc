import Files

/// Reads one pickle by moving data on a stack. It calls nothing: the few permitted globals become data here. Source of
/// the opcodes: CPython's `Lib/pickletools.py`.
struct PickleMachine {
  let file: String
  private let bytes: UnsafeRawBufferPointer
  /// The offset of the next byte; at the end, of the first byte after the pickle.
  private(set) var position: Int
  private let end: Int
  private var stack: [PickleNode] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleNode] = [:]
  private var hasProtocol = false
  private let arena: PickleArena
  private let foreign: ForeignObjects
  private var steps = 0

  private static let largestMemo = 4_000_000
  private static let deepestTuple = 64
  /// A bound of the memory that objects take, far above the number in any checkpoint.
  private static let mostSteps = 8_000_000

  /// - Parameters:
  ///   - range: The pickle's range in the file.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, file: String, arena: PickleArena, foreign: ForeignObjects)
  {
    self.bytes = bytes
    self.file = file
    self.arena = arena
    self.foreign = foreign
    position = range.lowerBound
    end = range.upperBound
  }

  /// Runs the pickle and returns its object.
  ///
  /// - Throws: `CheckpointError` that names the offset and the refused item.
  mutating func run() throws -> PickleNode {
    while true {
      let start = position
      let code = try byte()
      guard let opcode = PickleOpcode(rawValue: code),
        foreign == .inert || !PickleOpcode.makingForeignObjects.contains(opcode)
      else {
        let name = PickleOpcode.refused[code] ?? "0x" + String(code, radix: 16)
        throw refusal(
          start, "the opcode \(name) is not one that tensors need: the file is refused, and nothing of it was executed")
      }
      guard hasProtocol || opcode == .protocolVersion else {
        throw damage(start, "this is no pickle of protocol 2 to 5, nor a file that torch.save wrote")
      }
      if opcode == .stop {
        guard stack.count == 1, marks.isEmpty else { throw damage(start, "the pickle ends with objects left over") }
        return stack[0]
      }
      steps += 1
      guard steps <= Self.mostSteps else { throw refusal(start, "the pickle has more than \(Self.mostSteps) steps") }
      try step(opcode, at: start)
    }
  }

  private mutating func step(_ opcode: PickleOpcode, at start: Int) throws {
    switch opcode {
    case .protocolVersion:
      let version = try byte()
      guard (2...5).contains(version) else {
        throw refusal(start, "pickle protocol \(version) is not read: save with protocol 2 to 5")
      }
      hasProtocol = true
    case .frame: _ = try length(8, at: start)
    case .stop: break
    case .mark: marks.append(stack.count)
    case .pop: _ = try pop(start)
    case .popMark: _ = try sinceMark(start)
    case .duplicate:
      let top = try pop(start)
      stack += [top, top]
    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .binInt: stack.append(.int(Int(Int32(truncatingIfNeeded: try integer(4)))))
    case .binInt1: stack.append(.int(try integer(1)))
    case .binInt2: stack.append(.int(try integer(2)))
    case .long1: stack.append(long(try take(try integer(1), at: start)))
    case .binFloat:
      let raw = try take(8, at: start)
      stack.append(.double(Double(bitPattern: raw.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })))
    case .binUnicode: try pushText(try length(4, at: start), at: start)
    case .shortBinUnicode: try pushText(try length(1, at: start), at: start)
    case .binUnicode8: try pushText(try length(8, at: start), at: start)
    case .binBytes: stack.append(.bytes(try take(try length(4, at: start), at: start)))
    case .shortBinBytes: stack.append(.bytes(try take(try length(1, at: start), at: start)))
    case .binBytes8: stack.append(.bytes(try take(try length(8, at: start), at: start)))
    case .binString: stack.append(latin(try take(try length(4, at: start), at: start)))
    case .shortBinString: stack.append(latin(try take(try length(1, at: start), at: start)))
    case .emptyList: stack.append(arena.list())
    case .emptyDict: stack.append(arena.dict())
    case .emptyTuple: stack.append(.tuple(PickleTuple([])))
    case .tuple: try pushTuple(try sinceMark(start), at: start)
    case .tuple1, .tuple2, .tuple3:
      let count = Int(opcode.rawValue - PickleOpcode.tuple1.rawValue) + 1
      guard stack.count - (marks.last ?? 0) >= count else { throw damage(start, "the stack has too few objects") }
      let items = Array(stack.suffix(count))
      stack.removeLast(count)
      try pushTuple(items, at: start)
    // Items are popped before the container below them is looked up.
    case .append:
      let item = try pop(start)
      try append([item], at: start)
    case .appends:
      let items = try sinceMark(start)
      try append(items, at: start)
    case .setItem:
      let value = try pop(start)
      let key = try pop(start)
      try set([key, value], at: start)
    case .setItems:
      let items = try sinceMark(start)
      try set(items, at: start)
    case .binPut: try remember(try integer(1), at: start)
    case .longBinPut: try remember(try integer(4), at: start)
    case .memoize: try remember(memo.count, at: start)
    case .binGet: stack.append(try recall(try integer(1), at: start))
    case .longBinGet: stack.append(try recall(try integer(4), at: start))
    case .long4: stack.append(long(try take(try length(4, at: start), at: start)))
    case .global:
      let module = try line(start)
      stack.append(try global(module, try line(start), at: start))
    case .stackGlobal:
      guard case .string(let name) = try pop(start), case .string(let module) = try pop(start) else {
        throw damage(start, "STACK_GLOBAL needs two strings")
      }
      stack.append(try global(module, name, at: start))
    case .binPersistentID:
      let id = try pop(start)
      if foreign == .inert, case .tuple(let tuple) = id, case .string("module")? = tuple.items.first,
        tuple.items.count > 1
      {
        // The older form names a class of modules together with its source text, which is not read.
        stack.append(tuple.items[1])
        return
      }
      let storage = try PickleObjects.storage(id, fail(start))
      arena.register(storage)
      stack.append(.storage(storage))
    case .reduce:
      let arguments = try pop(start)
      let function = try pop(start)
      switch (function, arguments) {
      case (.global(let global), .tuple(let values)):
        stack.append(try object(global, values.items, at: start))
      case (.foreign(let name), .tuple): stack.append(arena.foreign(name.name))
      default: throw refusal(start, "REDUCE is read for a known global and a tuple only: the file is refused")
      }
    case .build:
      let state = try pop(start)
      guard let object = stack.last else { throw damage(start, "the stack has too few objects") }
      switch object {
      case .foreign(let object): object.state = state
      case .tensor, .dict: break
      default:
        do {
          stack[stack.count - 1] = try PickleObjects.build(object, state, fail(start))
        } catch  where foreign == .inert {
          stack[stack.count - 1] = arena.foreign(object.kind)
        }
      }
    case .newObject:
      _ = try pop(start)
      stack.append(try instance(of: try pop(start), at: start))
    case .newObjectWithKeywords:
      _ = (try pop(start), try pop(start))
      stack.append(try instance(of: try pop(start), at: start))
    case .object:
      guard let type = try sinceMark(start).first else { throw damage(start, "OBJ needs a class") }
      stack.append(try instance(of: type, at: start))
    case .instance:
      let module = try line(start)
      let type = try global(module, try line(start), at: start)
      _ = try sinceMark(start)
      stack.append(try instance(of: type, at: start))
    case .emptySet: stack.append(arena.foreign("builtins.set"))
    case .addItems: _ = try sinceMark(start)
    case .frozenSet:
      _ = try sinceMark(start)
      stack.append(arena.foreign("builtins.frozenset"))
    case .byteArray8: stack.append(.bytes(try take(try length(8, at: start), at: start)))
    }
  }

  /// The object of a known function. If other objects are kept as names, so are NumPy's of kinds that are not read.
  private func object(_ global: PickleGlobal, _ values: [PickleNode], at start: Int) throws -> PickleNode {
    do {
      return try PickleObjects.make(global, values, arena, fail(start))
    } catch  where foreign == .inert && !global.makesTensor {
      return arena.foreign("\(global)")
    }
  }

  /// An object of a class, whose arguments are not kept.
  private func instance(of type: PickleNode, at start: Int) throws -> PickleNode {
    switch type {
    case .foreign(let type): return arena.foreign(type.name)
    case .global(.orderedDict), .global(.defaultDict): return arena.dict()
    default: throw refusal(start, "an object of \(type.kind) is not read: the file is refused")
    }
  }

  // MARK: - The stack

  private mutating func pop(_ start: Int) throws -> PickleNode {
    guard stack.count > (marks.last ?? 0), let top = stack.popLast() else {
      throw damage(start, "the stack has too few objects")
    }
    return top
  }

  private mutating func sinceMark(_ start: Int) throws -> [PickleNode] {
    guard let mark = marks.popLast() else { throw damage(start, "there is no mark on the stack") }
    let items = Array(stack[mark...])
    stack.removeLast(items.count)
    return items
  }

  private mutating func pushTuple(_ items: [PickleNode], at start: Int) throws {
    let tuple = PickleTuple(items)
    guard tuple.depth <= Self.deepestTuple else { throw refusal(start, "tuples nest deeper than \(Self.deepestTuple)") }
    stack.append(.tuple(tuple))
  }

  private func append(_ items: [PickleNode], at start: Int) throws {
    if case .foreign? = stack.last { return }
    guard case .list(let list)? = stack.last else { throw damage(start, "there is no list to append to") }
    list.items += items
  }

  private func set(_ items: [PickleNode], at start: Int) throws {
    guard items.count.isMultiple(of: 2) else { throw damage(start, "a dict has a key without a value") }
    let pairs = stride(from: 0, to: items.count, by: 2).map { (key: items[$0], value: items[$0 + 1]) }
    switch stack.last {
    case .dict(let dict): dict.items += pairs
    case .foreign(let object): object.items += pairs
    default: throw damage(start, "there is no dict to fill")
    }
  }

  private mutating func remember(_ index: Int, at start: Int) throws {
    guard let top = stack.last else { throw damage(start, "there is nothing to memoize") }
    guard memo.count < Self.largestMemo else { throw refusal(start, "the memo has too many entries") }
    memo[index] = top
  }

  private func recall(_ index: Int, at start: Int) throws -> PickleNode {
    guard let node = memo[index] else { throw damage(start, "the memo has no entry \(index)") }
    return node
  }

  // MARK: - Bytes

  private mutating func byte() throws -> UInt8 {
    guard position < end else { throw damage(position, "the pickle is cut off") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ count: Int, at start: Int) throws -> [UInt8] {
    guard count <= end - position else {
      throw damage(start, "\(count) bytes are announced, but only \(end - position) are left")
    }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  /// An unsigned little-endian number of at most four bytes.
  private mutating func integer(_ count: Int) throws -> Int {
    try take(count, at: position).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// A length, checked against the remaining bytes.
  private mutating func length(_ count: Int, at start: Int) throws -> Int {
    let value = try take(count, at: start).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard value <= UInt64(end - position) else {
      throw damage(start, "\(value) bytes are announced, but only \(end - position) are left")
    }
    return Int(value)
  }

  private func long(_ raw: [UInt8]) -> PickleNode {
    guard raw.count <= 8 else { return .largeInteger(raw) }
    guard let last = raw.last else { return .int(0) }
    let start = last & 0x80 == 0 ? UInt64(0) : UInt64.max
    return .int(Int(Int64(bitPattern: raw.reversed().reduce(start) { $0 << 8 | UInt64($1) })))
  }

  private mutating func pushText(_ count: Int, at start: Int) throws {
    guard let text = String(validating: try take(count, at: start), as: UTF8.self) else {
      throw damage(start, "a string is not UTF-8")
    }
    stack.append(.string(text))
  }

  private func latin(_ raw: [UInt8]) -> PickleNode {
    .string(String(String.UnicodeScalarView(raw.map { Unicode.Scalar($0) })))
  }

  private mutating func line(_ start: Int) throws -> String {
    var text: [UInt8] = []
    while true {
      let next = try byte()
      if next == 0x0a { break }
      guard text.count < 256 else { throw damage(start, "a global's name is longer than 256 bytes") }
      text.append(next)
    }
    return String(decoding: text, as: UTF8.self)
  }

  // MARK: - Errors

  private func global(_ module: String, _ name: String, at start: Int) throws -> PickleNode {
    switch PickleGlobal(module: module, name: name) {
    case .elementType(let type)?: return .elementType(type)
    case let global?: return .global(global)
    case nil: break
    }
    let shown = "\(ForeignName.shown(module)).\(ForeignName.shown(name))"
    guard foreign == .inert else {
      throw refusal(
        start,
        "the pickle names '\(shown)', which is not part of tensor data: the file is refused, and nothing of it was "
          + "executed")
    }
    guard !PickleGlobal.isDangerous(module: module, name: name) else {
      throw refusal(
        start,
        "the pickle calls '\(shown)', which no checkpoint needs and which could harm this machine in other programs: "
          + "nothing of it was executed; do not trust this file, get it from its author")
    }
    return arena.foreign("\(module).\(name)")
  }

  private func damage(_ offset: Int, _ message: String) -> CheckpointError {
    CheckpointError(.malformed, file: file, offset: offset, message)
  }

  private func refusal(_ offset: Int, _ message: String) -> CheckpointError {
    CheckpointError(.unsupported, file: file, offset: offset, message)
  }

  private func fail(_ offset: Int) -> (String) -> CheckpointError {
    { [file] in CheckpointError(.unsupported, file: file, offset: offset, $0) }
  }
}
