package import Checkpoints
import Files
import Foundation

/// A tensor as a file stores it.
package struct StoredBytes: Sendable {
  package var name: String
  package var type: ElementType
  package var shape: [Int]
  package var bytes: [UInt8]

  package init(_ name: String, _ type: ElementType, _ shape: [Int], _ bytes: [UInt8]) {
    (self.name, self.type, self.shape, self.bytes) = (name, type, shape, bytes)
  }

  /// Rounds values to the type, to nearest except for fp8, which is cut.
  package init(_ name: String, _ type: ElementType, _ shape: [Int], _ values: [Float]) {
    self.init(name, type, shape, values.withUnsafeBufferPointer { Self.encode($0, type) })
  }

  /// A tensor of zeros.
  package init(_ name: String, _ type: ElementType = .f32, zeros shape: [Int]) {
    self.init(name, type, shape, [UInt8](repeating: 0, count: shape.reduce(type.size, *)))
  }

  private static func encode(_ values: UnsafeBufferPointer<Float>, _ type: ElementType) -> [UInt8] {
    func bytes<Stored: FixedWidthInteger>(_ convert: (Float) -> Stored) -> [UInt8] {
      values.map { convert($0).littleEndian }.withUnsafeBytes { Array($0) }
    }
    switch type {
    case .f16: return bytes { Float16($0).bitPattern }
    case .bf16: return bytes { UInt16(truncatingIfNeeded: ($0.bitPattern + 0x7fff + ($0.bitPattern >> 16 & 1)) >> 16) }
    // Its bits are the upper half of a 16-bit float's.
    case .f8e5m2: return bytes { UInt8(truncatingIfNeeded: Float16($0).bitPattern >> 8) }
    case .i64: return bytes { Int64($0) }
    default: return bytes { $0.bitPattern }
    }
  }
}

/// The kinds of file in which weights are published.
package enum TensorContainer: String, CaseIterable, Sendable {
  case safetensors
  /// `torch.save` since PyTorch 1.6, and before.
  case zip, legacy

  /// - Parameters:
  ///   - numbers: stored beside the state dict by `torch.save`, as PyTorch Lightning does.
  ///   - metadata: stored in the header of a safetensors file.
  package func write(
    _ tensors: [StoredBytes], to path: String, numbers: [String: Int] = [:], metadata: [String: String] = [:]
  ) throws {
    try Data(bytes(tensors, numbers: numbers, metadata: metadata)).write(to: URL(filePath: path))
  }

  package func bytes(
    _ tensors: [StoredBytes], numbers: [String: Int] = [:], metadata: [String: String] = [:]
  ) throws -> [UInt8] {
    switch self {
    case .safetensors: return try Self.safetensors(tensors, metadata)
    case .zip:
      let files = [
        ("data.pkl", TorchPickle.stateDict(tensors, numbers, isLegacy: false)), ("version", Array("3\n".utf8)),
      ]
      let storages = tensors.enumerated().map { ("data/\($0)", $1.bytes) }
      return CraftedBytes.zip((files + storages).map { CraftedBytes.ZipEntry(name: "archive/\($0)", data: $1) })
    case .legacy: return TorchPickle.legacy(tensors, numbers)
    }
  }

  private static func safetensors(_ tensors: [StoredBytes], _ metadata: [String: String]) throws -> [UInt8] {
    var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
    var end = 0
    for tensor in tensors {
      let start = end
      end += tensor.bytes.count
      header[tensor.name] =
        [
          "dtype": tensor.type.rawValue, "shape": tensor.shape, "data_offsets": [start, end],
        ] as [String: Any]
    }
    let json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
    return tensors.reduce(into: CraftedBytes.little(json.count, 8) + json) { $0 += $1.bytes }
  }
}

/// What `torch.save` writes for a checkpoint of PyTorch Lightning.
enum TorchPickle {
  private static func text(_ string: String) -> [UInt8] {
    [0x58] + CraftedBytes.little(string.utf8.count, 4) + Array(string.utf8)
  }
  private static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
  private static func int(_ value: Int) -> [UInt8] { [0x4a] + CraftedBytes.little(value, 4) }
  private static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.joined() + [0x74] }
  private static func dict(_ items: [(String, [UInt8])]) -> [UInt8] {
    [0x7d, 0x28] + items.flatMap { text($0) + $1 } + [0x75]
  }

  private static let storages: [ElementType: String] = [
    .f32: "FloatStorage", .f16: "HalfStorage", .bf16: "BFloat16Storage", .i64: "LongStorage",
  ]

  static func stateDict(_ tensors: [StoredBytes], _ numbers: [String: Int], isLegacy: Bool) -> [UInt8] {
    let state = tensors.enumerated().map { ($1.name, tensor($1, key: "\($0)", isLegacy: isLegacy)) }
    return CraftedBytes.pickle(
      dict(
        numbers.sorted { $0.key < $1.key }.map { ($0.key, int($0.value)) }
          + [("pytorch-lightning_version", text("1.4.2")), ("state_dict", dict(state))]))
  }

  private static func tensor(_ tensor: StoredBytes, key: String, isLegacy: Bool) -> [UInt8] {
    var count = 1
    let strides: [[UInt8]] = tensor.shape.reversed().map { size in
      defer { count *= size }
      return int(count)
    }
    let storage: [UInt8] = tuple(
      [
        text("storage"), global("torch", storages[tensor.type] ?? "ByteStorage"), text(key), text("cpu"),
        int(tensor.bytes.count / tensor.type.size),
      ] + (isLegacy ? [[0x4e]] : []))
    let arguments = tuple([
      storage + [0x51], int(0), tuple(tensor.shape.map(int)), tuple(strides.reversed()), [0x89],
      global("collections", "OrderedDict") + [0x29, 0x52],
    ])
    return global("torch._utils", "_rebuild_tensor_v2") + arguments + [0x52]
  }

  static func legacy(_ tensors: [StoredBytes], _ numbers: [String: Int]) -> [UInt8] {
    let magic = CraftedBytes.pickle([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
    let system = CraftedBytes.pickle(dict([("protocol_version", int(1001)), ("little_endian", [0x88])]))
    let keys = CraftedBytes.pickle([0x5d, 0x28] + tensors.indices.flatMap { text("\($0)") } + [0x65])
    let head = magic + CraftedBytes.pickle(int(1001)) + system + stateDict(tensors, numbers, isLegacy: true) + keys
    return tensors.reduce(into: head) { $0 += CraftedBytes.little($1.bytes.count / $1.type.size, 8) + $1.bytes }
  }
}
