package import Foundation

/// Short names for the types that statements use most. All of them throw like `decode`.
extension PostgresRow {
  package func int(_ key: ColumnKey) throws -> Int { try decode(key) }
  package func int64(_ key: ColumnKey) throws -> Int64 { try decode(key) }
  package func uint64(_ key: ColumnKey) throws -> UInt64 { try decode(key) }
  package func double(_ key: ColumnKey) throws -> Double { try decode(key) }
  package func bool(_ key: ColumnKey) throws -> Bool { try decode(key) }
  package func string(_ key: ColumnKey) throws -> String { try decode(key) }
  package func bytes(_ key: ColumnKey) throws -> [UInt8] { try decode(key) }
  package func date(_ key: ColumnKey) throws -> Date { try decode(key) }
  package func strings(_ key: ColumnKey) throws -> [String] { try decode(key) }
  package func ints(_ key: ColumnKey) throws -> [Int] { try decode(key) }

  package func optionalInt(_ key: ColumnKey) throws -> Int? { try optional(key) }
  package func optionalInt64(_ key: ColumnKey) throws -> Int64? { try optional(key) }
  package func optionalDouble(_ key: ColumnKey) throws -> Double? { try optional(key) }
  package func optionalString(_ key: ColumnKey) throws -> String? { try optional(key) }
  package func optionalDate(_ key: ColumnKey) throws -> Date? { try optional(key) }
}
