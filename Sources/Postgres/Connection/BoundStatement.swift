import CLibPQ

/// A statement with its parameters in libpq's representation.
struct BoundStatement {
  let text: String
  let types: [PostgresType]
  let values: [String?]

  /// - Throws: ``PostgresError`` (`invalidParameter`) that says which parameter cannot be sent.
  init(_ sql: SQL) throws {
    text = sql.text
    let parameters = sql.parameters
    types = parameters.map { type(of: $0).postgresType }
    guard parameters.count <= 65_535 else {
      throw PostgresError(
        .invalidParameter, "a statement takes at most 65535 parameters, but this one has \(parameters.count)",
        hint: "pass arrays and unnest them", statement: text)
    }
    var values: [String?] = []
    for (index, parameter) in parameters.enumerated() {
      do {
        values.append(try parameter.postgresText())
      } catch let error as PostgresError {
        throw PostgresError(error.code, "parameter $\(index + 1): \(error.message)", statement: text)
      }
    }
    self.values = values
  }

  /// The text and the parameter types, which identify a prepared statement.
  var cacheKey: String {
    types.reduce(into: text) { $0 += " \($1.rawValue)" }
  }

  func send(_ handle: OpaquePointer) -> Int32 {
    let oids = types.map(\.rawValue)
    return withValues { PQsendQueryParams(handle, text, Int32(values.count), oids, $0, nil, nil, 0) }
  }

  func send(_ handle: OpaquePointer, prepared name: String) -> Int32 {
    withValues { PQsendQueryPrepared(handle, name, Int32(values.count), $0, nil, nil, 0) }
  }

  func prepare(_ handle: OpaquePointer, name: String) -> Int32 {
    PQsendPrepare(handle, name, text, Int32(types.count), types.map(\.rawValue))
  }

  /// Calls the body with the values as an array of C strings in a single buffer; nil stands for NULL.
  private func withValues<T>(_ body: ([UnsafePointer<CChar>?]) -> T) -> T {
    var buffer: [CChar] = []
    buffer.reserveCapacity(values.reduce(0) { $0 + ($1?.utf8.count ?? 0) + 1 })
    var offsets: [Int?] = []
    for value in values {
      guard let value else {
        offsets.append(nil)
        continue
      }
      offsets.append(buffer.count)
      for byte in value.utf8 { buffer.append(CChar(bitPattern: byte)) }
      buffer.append(0)
    }
    return buffer.withUnsafeBufferPointer { bytes in
      body(offsets.map { offset in offset.flatMap { start in bytes.baseAddress.map { $0 + start } } })
    }
  }
}
