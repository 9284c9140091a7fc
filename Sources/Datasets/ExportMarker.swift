import Foundation

/// Says what a folder or file was made from: the contents of an export's marker file, and a text of a contact sheet.
///
/// A batch's number alone names no batch: every farm has a batch 1, and a farm that was set back to a backup counts the
/// same numbers once more. A batch is the same where number, key, time of creation (to the microsecond) and the digest
/// of its specification are. The database it came from is only noted for people: a farm that was restored from a dump
/// lives in another one and still goes on with its exports.
package struct ExportMarker: Sendable, Equatable, Codable {
  /// The layout, such as `imagefolder`.
  package var format: String
  /// The batch's number, or the plan of something that is not a batch.
  package var batch: String
  /// "" for a batch without a key.
  package var key: String?
  /// RFC 3339 with microseconds.
  package var created: String?
  /// SHA-256 of the batch's specification, lower-case hexadecimal.
  package var specSHA256: String?
  /// The system identifier of the PostgreSQL server; "" where the database's user may not read it.
  package var server: String?
  package var database: String?
  package var schema: String?

  enum CodingKeys: String, CodingKey {
    case format, batch, key, created, server, database, schema
    case specSHA256 = "spec_sha256"
  }

  /// A marker without a batch behind it.
  package init(format: String, batch: String) {
    self.format = format
    self.batch = batch
  }

  package init(
    format: String, batch: String, key: String, created: String, specSHA256: String, server: String,
    database: String, schema: String
  ) {
    self.init(format: format, batch: batch)
    self.key = key
    self.created = created
    self.specSHA256 = specSHA256
    self.server = server
    self.database = database
    self.schema = schema
  }

  /// Reads a marker.
  ///
  /// - Throws: `DecodingError`.
  package init(json: [UInt8]) throws {
    self = try JSONDecoder().decode(ExportMarker.self, from: Data(json))
  }

  /// A line of JSON.
  package var line: String {
    var line = JSONLine()
    line.add("format", format)
    line.add("batch", batch)
    for (name, value) in [
      ("key", key), ("created", created), ("spec_sha256", specSHA256), ("server", server), ("database", database),
      ("schema", schema),
    ] {
      if let value { line.add(name, value) }
    }
    return line.line
  }

  package enum Relation: Sendable, Equatable {
    /// Made from the same.
    case same
    /// Written by a version that noted format and number alone: it may be of another farm.
    case unproved
    case other
  }

  /// How something that carries the marker `other` relates to this one.
  package func relation(to other: ExportMarker) -> Relation {
    guard (format, batch) == (other.format, other.batch) else { return .other }
    if other.created == nil, other.specSHA256 == nil, created != nil { return .unproved }
    return (key, created, specSHA256) == (other.key, other.created, other.specSHA256) ? .same : .other
  }

  /// What it was made from, for messages: `batch 7 'nightly' of the database emofarm, enqueued 2026-…`.
  package var origin: String {
    guard let created else { return "batch \(batch)" }
    let name = key.map { $0.isEmpty ? "" : " '\($0)'" } ?? ""
    let place = database.map { " of the database '\($0)'" } ?? ""
    let number = server.map { $0.isEmpty ? "" : " on the server \($0)" } ?? ""
    return "batch \(batch)\(name)\(place)\(number), enqueued \(created)"
  }
}
