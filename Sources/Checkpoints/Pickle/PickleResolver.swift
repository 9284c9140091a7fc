import Engine
import Files

/// Converts the machine's result to values and reads the tensors' numbers.
struct PickleResolver {
  private let file: MappedFile
  private let storages: [String: Range<Int>]
  private var values = 0
  private var numbers = 0

  private static let deepest = 64
  private static let mostValues = 4_000_000
  /// Limits the total, because views may repeat the numbers of a storage.
  private static let mostNumbers = 1 << 33

  init(_ file: MappedFile, _ storages: [String: Range<Int>]) {
    self.file = file
    self.storages = storages
  }

  /// - Throws: `CheckpointError` if a container holds itself or nests too deeply, or a storage is missing or too short.
  mutating func value(_ node: PickleNode, depth: Int = 0) throws -> PickleValue {
    guard depth < Self.deepest else {
      throw CheckpointError(
        .unsupported, file: file.path,
        "containers nest deeper than \(Self.deepest), or one holds itself: the file is refused")
    }
    values += 1
    guard values <= Self.mostValues else {
      throw CheckpointError(
        .unsupported, file: file.path, "it holds more than \(Self.mostValues) objects: the file is refused")
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
    case .global, .storage, .elementType, .foreign: throw refusal("it holds a class or storage where data was expected")
    }
  }

  private func refusal(_ message: String) -> CheckpointError {
    CheckpointError(.unsupported, file: file.path, "\(message): the file is refused")
  }

  private mutating func take(_ count: Int) throws {
    numbers += count
    guard numbers <= Self.mostNumbers else { throw refusal("its tensors hold more than \(Self.mostNumbers) numbers") }
  }

  private mutating func resolved(_ tensor: TorchTensor) throws -> Tensor {
    let elements = try tensor.elements(in: storages, file: file.path)
    try take(elements.count)
    guard let result = elements.floats(in: file) else { throw tooLarge }
    return result
  }

  private mutating func resolved(_ array: PickleArray) throws -> Tensor {
    guard let (shape, type, data) = array.tensor else { throw refusal("a numpy array has no data") }
    try take(shape.reduce(1, *))
    let values: Tensor? = data.withUnsafeBytes { raw in
      guard let address = raw.baseAddress else { return Tensor(shape) }
      if let widen = type.widening {
        return Tensor(shape) { target in
          if let start = target.baseAddress { widen(address, start, target.count) }
        }
      }
      let numbers = (0..<data.count / type.size).compactMap { place in
        type.integer(address + place * type.size).flatMap { Float(exactly: $0) }
      }
      return numbers.count * type.size == data.count ? Tensor(shape, numbers) : nil
    }
    guard let values else { throw tooLarge }
    return values
  }

  private var tooLarge: CheckpointError { refusal("an integer tensor holds a number that fp32 cannot hold") }
}
