/// A PostgreSQL type, identified by its object identifier, with a name for messages.
///
/// Only built-in types have fixed identifiers (`pg_type.dat` in the server's source); others are printed as `oid N`.
package struct PostgresType: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  package static let bool = PostgresType(rawValue: 16)
  package static let bytea = PostgresType(rawValue: 17)
  package static let int8 = PostgresType(rawValue: 20)
  package static let int4 = PostgresType(rawValue: 23)
  package static let text = PostgresType(rawValue: 25)
  package static let float8 = PostgresType(rawValue: 701)
  package static let timestamptz = PostgresType(rawValue: 1184)
  package static let uuid = PostgresType(rawValue: 2950)
  package static let jsonb = PostgresType(rawValue: 3802)
  package static let boolArray = PostgresType(rawValue: 1000)
  package static let int4Array = PostgresType(rawValue: 1007)
  package static let textArray = PostgresType(rawValue: 1009)
  package static let int8Array = PostgresType(rawValue: 1016)
  package static let float8Array = PostgresType(rawValue: 1022)
  package static let uuidArray = PostgresType(rawValue: 2951)
}

extension PostgresType: CustomStringConvertible {
  private static let names: [UInt32: String] = [
    16: "boolean", 17: "bytea", 18: "char", 19: "name", 20: "bigint", 21: "smallint", 23: "integer", 25: "text",
    26: "oid", 114: "json", 700: "real", 701: "double precision", 1000: "boolean[]", 1007: "integer[]",
    1009: "text[]", 1016: "bigint[]", 1022: "double precision[]", 1042: "character", 1043: "character varying",
    1082: "date", 1114: "timestamp", 1184: "timestamp with time zone", 1186: "interval", 1700: "numeric",
    2278: "void", 2950: "uuid", 2951: "uuid[]", 3802: "jsonb",
  ]

  package var description: String {
    Self.names[rawValue] ?? "oid \(rawValue)"
  }
}
