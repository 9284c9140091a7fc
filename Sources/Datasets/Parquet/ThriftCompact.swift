/// Writes structures in Thrift's compact protocol, in which Parquet keeps its metadata.
///
/// Source: "Thrift Compact protocol encoding", Apache Thrift.
struct ThriftCompact {
  private(set) var bytes: [UInt8] = []
  /// The last field's number of each structure that is open.
  private var last: [Int] = [0]

  private enum Kind: UInt8 {
    case int32 = 5
    case int64 = 6
    case binary = 8
    case list = 9
    case structure = 12
  }

  mutating func int32(_ field: Int, _ value: Int) {
    header(field, .int32)
    zigzag(value)
  }

  mutating func int64(_ field: Int, _ value: Int) {
    header(field, .int64)
    zigzag(value)
  }

  mutating func string(_ field: Int, _ value: String) {
    header(field, .binary)
    binary(value)
  }

  mutating func structure(_ field: Int, _ body: (inout ThriftCompact) -> Void) {
    header(field, .structure)
    open(body)
  }

  mutating func structures<T>(_ field: Int, _ values: [T], _ body: (inout ThriftCompact, T) -> Void) {
    list(field, values.count, .structure)
    for value in values { open { body(&$0, value) } }
  }

  mutating func int32s(_ field: Int, _ values: [Int]) {
    list(field, values.count, .int32)
    for value in values { zigzag(value) }
  }

  mutating func strings(_ field: Int, _ values: [String]) {
    list(field, values.count, .binary)
    for value in values { binary(value) }
  }

  /// Ends the outermost structure.
  mutating func stop() { bytes.append(0) }

  private mutating func open(_ body: (inout ThriftCompact) -> Void) {
    last.append(0)
    body(&self)
    last.removeLast()
    bytes.append(0)
  }

  private mutating func header(_ field: Int, _ kind: Kind) {
    let step = field - last[last.count - 1]
    last[last.count - 1] = field
    if (1...15).contains(step) {
      bytes.append(UInt8(step) << 4 | kind.rawValue)
    } else {
      bytes.append(kind.rawValue)
      zigzag(field)
    }
  }

  private mutating func list(_ field: Int, _ count: Int, _ kind: Kind) {
    header(field, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | kind.rawValue)
    } else {
      bytes.append(0xF0 | kind.rawValue)
      Self.variable(UInt64(count), to: &bytes)
    }
  }

  private mutating func binary(_ text: String) {
    Self.variable(UInt64(text.utf8.count), to: &bytes)
    bytes += text.utf8
  }

  private mutating func zigzag(_ value: Int) {
    Self.variable(UInt64(bitPattern: Int64(value) << 1 ^ Int64(value) >> 63), to: &bytes)
  }

  /// Seven bits a byte, the lowest first.
  static func variable(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
