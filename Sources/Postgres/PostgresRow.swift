/// A row of a ``QueryResult``. Values are decoded when they are read.
package struct PostgresRow: Sendable {
  let storage: QueryResult.Storage
  let row: Int

  /// Selects a column by its name or by its position, from 0.
  package enum ColumnKey: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case name(String)
    case position(Int)

    package init(stringLiteral value: String) {
      self = .name(value)
    }

    package init(integerLiteral value: Int) {
      self = .position(value)
    }
  }

  package var columns: [QueryResult.Column] { storage.columns }

  /// Decodes the value of a column that must not be NULL.
  ///
  /// - Throws: ``PostgresError`` (`decoding`) that names the column and the type if the column is missing, NULL or of
  ///   another type.
  package func decode<Value: PostgresDecodable>(_ key: ColumnKey, as type: Value.Type = Value.self) throws -> Value {
    guard let value = try optional(key, as: type) else {
      let column = storage.columns[try position(of: key)]
      throw PostgresError(.decoding, "column \"\(column.name)\" is NULL, but a value of \(type) was expected")
    }
    return value
  }

  /// Decodes the value of a column, or returns nil for NULL. Throws like ``decode(_:as:)``.
  package func optional<Value: PostgresDecodable>(
    _ key: ColumnKey, as type: Value.Type = Value.self
  ) throws -> Value? {
    let position = try position(of: key)
    guard let text = text(at: position) else { return nil }
    guard let value = Value(postgresText: text) else {
      let column = storage.columns[position]
      throw PostgresError(
        .decoding, "column \"\(column.name)\" of type \(column.type) holds a value that cannot be read as \(type)")
    }
    return value
  }

  /// Whether a column is NULL.
  package func isNull(_ key: ColumnKey) throws -> Bool {
    storage.ranges[row * storage.columns.count + (try position(of: key))].count < 0
  }

  private func text(at position: Int) -> String? {
    let range = storage.ranges[row * storage.columns.count + position]
    guard range.count >= 0 else { return nil }
    return String(decoding: storage.bytes[range.start..<(range.start + range.count)], as: UTF8.self)
  }

  private func position(of key: ColumnKey) throws -> Int {
    switch key {
    case .position(let position):
      guard storage.columns.indices.contains(position) else {
        throw PostgresError(.decoding, "there is no column \(position): the row has \(storage.columns.count)")
      }
      return position
    case .name(let name):
      guard let position = storage.columns.firstIndex(where: { $0.name == name }) else {
        let names = storage.columns.map(\.name).joined(separator: ", ")
        throw PostgresError(.decoding, "there is no column \"\(name)\": the row has \(names)")
      }
      return position
    }
  }
}
