import Files
import Foundation
import Postgres
import Vocabulary

/// Encodes and decodes the values of JSON columns.
enum JSONColumn {
  static func encode(_ value: some Encodable) throws -> JSONText {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return JSONText(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// - Throws: ``FarmError`` (`badRow`) naming the column.
  static func decode<Value: Decodable>(_ type: Value.Type = Value.self, _ row: PostgresRow, _ column: String) throws
    -> Value
  {
    let text = try row.string(.name(column))
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw FarmError(.badRow, "the column \(column) contains JSON that this program cannot read: \(text.prefix(200))")
    }
  }
}
