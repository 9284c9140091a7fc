/// A column of a Parquet file. Every value may be null.
struct ParquetColumn: Sendable {
  enum Kind: Sendable {
    case bytes, text, int64, double
    /// A list of numbers.
    case doubles
  }

  /// Its name, after that of the group that holds it, if one does.
  let path: [String]
  let kind: Kind

  init(_ path: String..., kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// Parquet's number of the values' physical type.
  var physical: Int {
    switch kind {
    case .int64: 2
    case .double, .doubles: 5
    case .bytes, .text: 6
    }
  }

  /// The path of the values: lists have two levels of their own.
  var leaf: [String] { kind == .doubles ? path + ["list", "element"] : path }

  /// The definition level of a value that is there: one for each optional or repeated level.
  var defined: Int { leaf.count }
}

/// A value of a row.
enum ParquetValue: Sendable {
  case null
  case bytes([UInt8])
  case text(String)
  case int64(Int)
  case double(Double)
  case doubles([Double])
}

/// The values of one column of a row group as far as they have been added.
struct ParquetPage {
  private(set) var values: [UInt8] = []
  /// Entries: values, nulls, and the elements of lists.
  private(set) var count = 0
  private var definitions = ParquetLevels()
  private var repetitions = ParquetLevels()

  mutating func add(_ value: ParquetValue, to column: ParquetColumn) {
    switch value {
    case .null:
      entry(defined: 0)
    case .bytes(let bytes):
      entry(defined: column.defined)
      little(UInt32(bytes.count))
      values += bytes
    case .text(let text):
      entry(defined: column.defined)
      little(UInt32(text.utf8.count))
      values += text.utf8
    case .int64(let number):
      entry(defined: column.defined)
      little(UInt64(bitPattern: Int64(number)))
    case .double(let number):
      entry(defined: column.defined)
      little(number.bitPattern)
    case .doubles(let numbers):
      // A list that is there and empty is defined up to its own level.
      if numbers.isEmpty { entry(defined: column.defined - 2) }
      for (position, number) in numbers.enumerated() {
        entry(defined: column.defined, repeated: position > 0)
        little(number.bitPattern)
      }
    }
  }

  private mutating func entry(defined: Int, repeated: Bool = false) {
    count += 1
    definitions.add(UInt8(defined))
    repetitions.add(repeated ? 1 : 0)
  }

  private mutating func little(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { values += $0 }
  }

  /// The page with its header.
  func serialized(_ column: ParquetColumn) -> [UInt8] {
    let levels = (column.kind == .doubles ? repetitions.serialized : []) + definitions.serialized
    let size = levels.count + values.count
    var header = ThriftCompact()
    header.int32(1, 0)
    header.int32(2, size)
    header.int32(3, size)
    header.structure(5) {
      $0.int32(1, count)
      $0.int32(2, 0)
      $0.int32(3, 3)
      $0.int32(4, 3)
    }
    header.stop()
    return header.bytes + levels + values
  }
}

/// Levels in runs: Parquet's hybrid of run lengths and bit packing, without the latter.
private struct ParquetLevels {
  private var runs: [(level: UInt8, count: UInt64)] = []

  mutating func add(_ level: UInt8) {
    if let last = runs.last, last.level == level {
      runs[runs.count - 1].count += 1
    } else {
      runs.append((level, 1))
    }
  }

  /// With their size before them.
  var serialized: [UInt8] {
    var bytes: [UInt8] = []
    for run in runs {
      ThriftCompact.variable(run.count << 1, to: &bytes)
      bytes.append(run.level)
    }
    return withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { Array($0) } + bytes
  }
}
