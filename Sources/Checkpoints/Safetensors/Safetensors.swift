package import Engine
import Files

/// Writes safetensors files.
package enum Safetensors {
  /// Writes `tensors` as F32 or F16, atomically and durably; the same arguments give the same bytes.
  ///
  /// As in the reference writer, names are sorted by their UTF-8 bytes and the header is padded so that the data starts
  /// at a multiple of 8 bytes.
  ///
  /// - Parameter halves: Whether values are rounded to F16, to nearest with ties to even.
  /// - Throws: `CheckpointError` if a name occurs twice or F16 cannot hold a value, `FileError` if the file cannot be
  ///   written.
  package static func write(
    path: String, tensors: [(String, Tensor)], metadata: [String: String] = [:], halves: Bool = false
  ) throws {
    let sorted = try Self.sorted(tensors, path)
    let type: ElementType = halves ? .f16 : .f32
    let header = header(sorted.map { ($0.0, type, $0.1.shape) }, metadata)
    let file = try DurableFile(path)
    try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
    try file.write(header)
    for (name, tensor) in sorted {
      if halves {
        try halved(tensor, name, path, "train with a lower learning rate").withUnsafeBytes { try file.write($0) }
        continue
      }
      try withExtendedLifetime(tensor) {
        try file.write(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.count * 4))
      }
    }
    try file.commit()
  }

  /// - Throws: `CheckpointError` if F16 cannot hold a value, with what to do.
  private static func halved(_ tensor: Tensor, _ name: String, _ path: String, _ next: String) throws -> [UInt16] {
    let values = tensor.values
    let halves = values.map { Float16($0) }
    if let place = halves.indices.first(where: { !halves[$0].isFinite && values[$0].isFinite }) {
      throw CheckpointError(
        .unsupported, file: path, "tensor '\(name)' holds \(values[place]), which 16 bits cannot: \(next)")
    }
    return halves.map { $0.bitPattern.littleEndian }
  }

  /// Writes tensors of other files as they are stored, bit by bit, one after the other; atomic and durable as above.
  ///
  /// - Parameter halves: Whether fractional numbers of other types are rounded to F16, as above.
  /// - Throws: `CheckpointError` if a name occurs twice or F16 cannot hold a value, `FileError` if the file cannot be
  ///   written.
  package static func write(
    path: String, copying tensors: [(String, StoredTensor)], metadata: [String: String] = [:], halves: Bool = false
  ) throws {
    func isHalved(_ stored: StoredTensor) throws -> Bool {
      let type = try stored.file.elementType(of: stored.name)
      return halves && type != .f16 && type.widening != nil
    }
    let sorted = try Self.sorted(tensors, path)
    let header = header(
      try sorted.map { name, stored in
        (name, try isHalved(stored) ? .f16 : stored.file.elementType(of: stored.name), try stored.shape())
      }, metadata)
    let file = try DurableFile(path)
    try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
    try file.write(header)
    for (_, stored) in sorted {
      guard try isHalved(stored) else {
        try stored.withBytes { try file.write($0) }
        continue
      }
      try halved(stored.tensor(), stored.name, stored.file.path, "keep the model's own number format")
        .withUnsafeBytes { try file.write($0) }
    }
    try file.commit()
  }

  /// - Throws: `CheckpointError` if a name occurs twice or is the metadata's.
  private static func sorted<Value>(_ tensors: [(String, Value)], _ path: String) throws -> [(String, Value)] {
    let sorted = tensors.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    for (first, second) in zip(sorted, sorted.dropFirst()) where first.0 == second.0 {
      throw CheckpointError(.malformed, file: path, "cannot hold two tensors named '\(first.0)'")
    }
    if sorted.contains(where: { $0.0 == "__metadata__" }) {
      throw CheckpointError(.malformed, file: path, "cannot hold a tensor named '__metadata__'")
    }
    return sorted
  }

  private static func header(_ tensors: [(String, ElementType, [Int])], _ metadata: [String: String]) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(JSONString.quoted($0.key)):\(JSONString.quoted($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, type, shape) in tensors {
      let end = offset + shape.reduce(1, *) * type.size
      let axes = shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(JSONString.quoted(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(axes)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var bytes = Array("{\(fields.joined(separator: ","))}".utf8)
    bytes += repeatElement(0x20, count: (8 - bytes.count % 8) % 8)
    return bytes
  }
}
