import Files

/// The header of a safetensors file, with every rule of the format checked.
///
/// Format: https://github.com/huggingface/safetensors. This reader is stricter than the reference: it also refuses
/// duplicate keys and unknown fields of a tensor.
struct SafetensorsHeader: Sendable {
  static let maxLength = 100_000_000
  static let maxTensors = 100_000
  static let maxRank = 16
  private static let metadataKey = "__metadata__"

  let metadata: [String: String]
  /// The entries in the order of their data.
  let entries: [SafetensorsEntry]
  /// The offset of the tensors' data in the file.
  let dataStart: Int

  /// Reads and checks the header of the file whose contents are `bytes`.
  init(bytes: UnsafeRawBufferPointer, file: String) throws {
    guard bytes.count >= 8 else {
      throw CheckpointError.damaged(
        file, at: bytes.count, "the file has \(bytes.count) bytes, too few for the 8-byte header length")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= Self.maxLength else {
      throw CheckpointError.damaged(
        file, at: 0, "the header claims \(length) bytes, more than the format's limit of \(Self.maxLength)")
    }
    dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else {
      throw CheckpointError.damaged(
        file, at: 0, "the header claims \(length) bytes, but only \(bytes.count - 8) follow: the file is cut off")
    }

    var cursor = HeaderCursor(bytes: bytes, header: 8..<dataStart, file: file)
    cursor.skipWhitespace()
    guard cursor.next == UInt8(ascii: "{") else {
      throw cursor.malformed("the header does not start with '{'")
    }
    var metadata: [String: String]?
    var entries: [SafetensorsEntry] = []
    var names = Set<String>()
    try cursor.list(from: "{", to: "}", "of the header") { cursor in
      let position = cursor.position
      let name = try cursor.string("that names a tensor")
      try cursor.expect(":", "after '\(ForeignName.shown(name))'")
      guard names.insert(name).inserted else {
        throw cursor.malformed("the header has the key '\(ForeignName.shown(name))' twice", at: position)
      }
      if name == Self.metadataKey {
        metadata = cursor.takeNull() ? [:] : try Self.metadata(&cursor)
      } else {
        guard entries.count < Self.maxTensors else {
          throw cursor.malformed("the header names more than \(Self.maxTensors) tensors", at: position)
        }
        entries.append(try Self.entry(name, at: position, &cursor))
      }
    }
    // Up to its length, the header may be padded.
    cursor.skipWhitespace()
    if cursor.position < dataStart {
      throw cursor.malformed("bytes other than whitespace follow the header's closing '}'")
    }

    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw CheckpointError.damaged(
          file, at: entry.position,
          entry.range.lowerBound < end
            ? "tensor '\(ForeignName.shown(entry.name))' starts at \(entry.range.lowerBound), inside the one before it, which ends at \(end)"
            : "\(entry.range.lowerBound - end) bytes before tensor '\(ForeignName.shown(entry.name))' belong to no tensor"
        )
      }
      end = entry.range.upperBound
    }
    guard end == bytes.count - dataStart else {
      throw CheckpointError.damaged(
        file, at: dataStart + min(end, bytes.count - dataStart),
        end < bytes.count - dataStart
          ? "\(bytes.count - dataStart - end) bytes after the last tensor belong to no tensor"
          : "the tensors need \(end) bytes, but only \(bytes.count - dataStart) follow the header: the file should have \(dataStart + end) bytes and has \(bytes.count), so it is cut off"
      )
    }
    self.metadata = metadata ?? [:]
    self.entries = entries
  }

  private static func metadata(_ cursor: inout HeaderCursor) throws -> [String: String] {
    var values: [String: String] = [:]
    try cursor.list(from: "{", to: "}", "of \(metadataKey)") { cursor in
      let position = cursor.position
      let key = try cursor.string("that is a key of \(metadataKey)")
      try cursor.expect(":", "after '\(ForeignName.shown(key))'")
      let value = try cursor.string("that is the value of '\(ForeignName.shown(key))' in \(metadataKey)")
      guard values.updateValue(value, forKey: key) == nil else {
        throw cursor.malformed("\(metadataKey) has the key '\(ForeignName.shown(key))' twice", at: position)
      }
    }
    return values
  }

  private static func entry(_ name: String, at position: Int, _ cursor: inout HeaderCursor) throws -> SafetensorsEntry {
    var dtype: ElementType?
    var shape: [Int]?
    var offsets: [Int]?
    try cursor.list(from: "{", to: "}", "of tensor '\(ForeignName.shown(name))'") { cursor in
      let start = cursor.position
      let key = try cursor.string("that is a key of tensor '\(ForeignName.shown(name))'")
      try cursor.expect(":", "after '\(ForeignName.shown(key))' of tensor '\(ForeignName.shown(name))'")
      let repeated: Bool
      switch key {
      case "dtype":
        repeated = dtype != nil
        cursor.skipWhitespace()
        let text = try cursor.string("that is the dtype of tensor '\(ForeignName.shown(name))'")
        guard let known = ElementType(rawValue: text) else {
          throw CheckpointError(
            .unsupported, file: cursor.file, offset: start,
            "tensor '\(ForeignName.shown(name))' has the dtype '\(ForeignName.shown(text))', which is not supported: save it as F32, F16 or BF16"
          )
        }
        dtype = known
      case "shape":
        repeated = shape != nil
        shape = try naturals("of the shape of tensor '\(ForeignName.shown(name))'", atMost: maxRank, &cursor)
      case "data_offsets":
        repeated = offsets != nil
        offsets = try naturals("of the data_offsets of tensor '\(ForeignName.shown(name))'", atMost: 2, &cursor)
      default:
        throw cursor.malformed(
          "tensor '\(ForeignName.shown(name))' has the unknown key '\(ForeignName.shown(key))'", at: start)
      }
      if repeated {
        throw cursor.malformed(
          "tensor '\(ForeignName.shown(name))' has the key '\(ForeignName.shown(key))' twice", at: start)
      }
    }
    guard let dtype else { throw cursor.malformed("tensor '\(ForeignName.shown(name))' has no dtype", at: position) }
    guard let shape else { throw cursor.malformed("tensor '\(ForeignName.shown(name))' has no shape", at: position) }
    guard let offsets, offsets.count == 2 else {
      throw cursor.malformed("tensor '\(ForeignName.shown(name))' has no data_offsets of two numbers", at: position)
    }
    guard offsets[0] <= offsets[1] else {
      throw cursor.malformed(
        "tensor '\(ForeignName.shown(name))' ends at \(offsets[1]), before its start at \(offsets[0])", at: position)
    }
    guard let size = byteCount(shape, dtype) else {
      throw cursor.malformed(
        "the size of tensor '\(ForeignName.shown(name))' of shape \(shape) does not fit 64 bits", at: position)
    }
    guard size == offsets[1] - offsets[0] else {
      throw cursor.malformed(
        "tensor '\(ForeignName.shown(name))' of \(dtype.rawValue) \(shape) needs \(size) bytes, but its data_offsets hold "
          + "\(offsets[1] - offsets[0])",
        at: position)
    }
    return SafetensorsEntry(
      name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1], position: position)
  }

  private static func naturals(
    _ place: @autoclosure () -> String, atMost limit: Int, _ cursor: inout HeaderCursor
  ) throws -> [Int] {
    var values: [Int] = []
    try cursor.list(from: "[", to: "]", place()) { cursor in
      guard values.count < limit else { throw cursor.malformed("more than \(limit) numbers \(place())") }
      values.append(try cursor.natural(place()))
    }
    return values
  }

  /// The product of the factors; nil if it overflows.
  private static func byteCount(_ shape: [Int], _ dtype: ElementType) -> Int? {
    var count = dtype.size
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      count = product
    }
    return count
  }
}

/// The entry of one tensor in the header of a safetensors file.
package struct SafetensorsEntry: Sendable, Equatable {
  package let name: String
  package let dtype: ElementType
  package let shape: [Int]
  /// The range of the tensor's bytes, counted from the end of the header.
  package let range: Range<Int>
  /// The offset of the tensor's name in the file, for error messages.
  package let position: Int
}
