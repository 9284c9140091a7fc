package import Engine

/// Writes safetensors files.
package enum Safetensors {
  /// Writes `tensors` as F32 or F16, atomically and durably; the same arguments give the same bytes.
  ///
  /// Names are sorted by their UTF-8 bytes and the header is padded so that the data starts on 8 bytes, as the
  /// reference writer does. Throws `CheckpointError`: a name twice, a value that 16 bits
  /// cannot hold, or a file that cannot be written.
  ///
  /// - Parameter halves: whether values are rounded to 16 bits, to the nearest and ties to even.
  package static func write(
    path: String, tensors: [(String, Tensor)], metadata: [String: String] = [:], halves: Bool = false
  ) throws {
    let sorted = tensors.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    for (first, second) in zip(sorted, sorted.dropFirst()) where first.0 == second.0 {
      throw CheckpointError(.malformed, file: path, "cannot hold two tensors named '\(first.0)'")
    }
    if sorted.contains(where: { $0.0 == "__metadata__" }) {
      throw CheckpointError(.malformed, file: path, "cannot hold a tensor named '__metadata__'")
    }

    let header = header(sorted, metadata, halves: halves)
    try AtomicFile.write(path: path) { write in
      try withUnsafeBytes(of: UInt64(header.count).littleEndian, write)
      try header.withUnsafeBytes(write)
      for (name, tensor) in sorted {
        if halves {
          try halved(tensor, name, path).withUnsafeBytes(write)
          continue
        }
        try withExtendedLifetime(tensor) {
          try write(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.count * 4))
        }
      }
    }
  }

  /// - Throws: `CheckpointError` for a value that 16 bits cannot hold.
  private static func halved(_ tensor: Tensor, _ name: String, _ path: String) throws -> [UInt16] {
    let values = tensor.values
    let halves = values.map { Float16($0) }
    if let place = halves.indices.first(where: { !halves[$0].isFinite && values[$0].isFinite }) {
      throw CheckpointError(
        .unsupported, file: path,
        "tensor '\(name)' holds \(values[place]), which 16 bits cannot: train with a lower learning rate")
    }
    return halves.map { $0.bitPattern.littleEndian }
  }

  private static func header(_ tensors: [(String, Tensor)], _ metadata: [String: String], halves: Bool) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = offset + tensor.count * (halves ? 2 : 4)
      fields.append(
        "\(quoted(name)):{\"dtype\":\"\(halves ? "F16" : "F32")\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var bytes = Array("{\(fields.joined(separator: ","))}".utf8)
    bytes += repeatElement(0x20, count: (8 - bytes.count % 8) % 8)
    return bytes
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
