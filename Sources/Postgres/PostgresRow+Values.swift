package import Foundation

/// Short names for the types that statements use most; all throw as `decode` does.
extension PostgresRow {
  package func int(_ key: ColumnKey) throws -> Int { try decode(key) }
  package func int32(_ key: ColumnKey) throws -> Int32 { try decode(key) }
  package func int64(_ key: ColumnKey) throws -> Int64 { try decode(key) }
  package func uint64(_ key: ColumnKey) throws -> UInt64 { try decode(key) }
  package func double(_ key: ColumnKey) throws -> Double { try decode(key) }
  package func bool(_ key: ColumnKey) throws -> Bool { try decode(key) }
  package func string(_ key: ColumnKey) throws -> String { try decode(key) }
  package func bytes(_ key: ColumnKey) throws -> [UInt8] { try decode(key) }
  package func uuid(_ key: ColumnKey) throws -> UUID { try decode(key) }
  package func date(_ key: ColumnKey) throws -> Date { try decode(key) }
  package func strings(_ key: ColumnKey) throws -> [String] { try decode(key) }
  package func ints(_ key: ColumnKey) throws -> [Int] { try decode(key) }
  package func doubles(_ key: ColumnKey) throws -> [Double] { try decode(key) }

  package func optionalInt(_ key: ColumnKey) throws -> Int? { try optional(key) }
  package func optionalInt32(_ key: ColumnKey) throws -> Int32? { try optional(key) }
  package func optionalInt64(_ key: ColumnKey) throws -> Int64? { try optional(key) }
  package func optionalUInt64(_ key: ColumnKey) throws -> UInt64? { try optional(key) }
  package func optionalDouble(_ key: ColumnKey) throws -> Double? { try optional(key) }
  package func optionalBool(_ key: ColumnKey) throws -> Bool? { try optional(key) }
  package func optionalString(_ key: ColumnKey) throws -> String? { try optional(key) }
  package func optionalBytes(_ key: ColumnKey) throws -> [UInt8]? { try optional(key) }
  package func optionalUUID(_ key: ColumnKey) throws -> UUID? { try optional(key) }
  package func optionalDate(_ key: ColumnKey) throws -> Date? { try optional(key) }
  package func optionalStrings(_ key: ColumnKey) throws -> [String]? { try optional(key) }
  package func optionalInts(_ key: ColumnKey) throws -> [Int]? { try optional(key) }
}
