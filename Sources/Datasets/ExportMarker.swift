import Foundation

/// Identifies the source of a folder or file: the contents of an export's marker file, and a text of a contact sheet.
///
/// The number alone does not identify a batch: every farm has a batch 1, and a farm restored from a backup assigns the
/// same numbers again. Two batches are the same if number, key, time of creation (to the microsecond) and digest of the
/// specification are equal. The database is recorded for the reader only: a farm that was restored from a dump has
/// another database and still owns its exports.
package struct ExportMarker: Sendable, Equatable, Codable {
  /// The layout, such as `imagefolder`.
  package var format: String
  /// The batch's number, or a description of a source that is not a batch.
  package var batch: String
  /// "" for a batch without a key.
  package var key: String?
  /// RFC 3339 with microseconds.
  package var created: String?
  /// SHA-256 of the batch's specification, lower-case hexadecimal.
  package var specSHA256: String?
  /// The system identifier of the PostgreSQL server; "" if the database user may not read it.
  package var server: String?
  package var database: String?
  package var schema: String?
  /// The batches of a dataset of several, by number; nil for one.
  package var batches: [ExportMarker]?

  enum CodingKeys: String, CodingKey {
    case format, batch, key, created, server, database, schema, batches
    case specSHA256 = "spec_sha256"
  }

  /// A marker of a source that is not a batch.
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

  /// The marker of a dataset of several batches of a farm, whatever order they are in.
  package init(of batches: [ExportMarker]) {
    let sorted = batches.sorted { (Int($0.batch) ?? 0, $0.batch) < (Int($1.batch) ?? 0, $1.batch) }
    guard sorted.count > 1, let first = sorted.first else {
      self = sorted.first ?? ExportMarker(format: "", batch: "")
      return
    }
    self.init(format: first.format, batch: sorted.map(\.batch).joined(separator: ", "))
    (server, database, schema) = (first.server, first.database, first.schema)
    self.batches = sorted
  }

  /// Reads a marker.
  ///
  /// - Throws: `DecodingError` if a key is missing or has another type.
  package init(json: [UInt8]) throws {
    self = try JSONDecoder().decode(ExportMarker.self, from: Data(json))
  }

  /// The marker as a line of JSON.
  package var line: String { json.line }

  private var json: JSONLine {
    var line = JSONLine()
    line.add("format", format)
    line.add("batch", batch)
    for (name, value) in [
      ("key", key), ("created", created), ("spec_sha256", specSHA256), ("server", server), ("database", database),
      ("schema", schema),
    ] {
      if let value { line.add(name, value) }
    }
    if let batches { line.add("batches", batches.map(\.json)) }
    return line
  }

  package enum Relation: Sendable, Equatable {
    /// Both have the same source.
    case same
    /// An earlier version recorded only format and number: the source may be another farm's.
    case unproved
    case other
  }

  /// How the source of the marker `other` relates to this one.
  package func relation(to other: ExportMarker) -> Relation {
    guard (format, batch) == (other.format, other.batch) else { return .other }
    if batches != nil || other.batches != nil {
      let (own, others) = (batches ?? [], other.batches ?? [])
      let isSame = own.count == others.count && zip(own, others).allSatisfy { $0.relation(to: $1) == .same }
      return isSame ? .same : .other
    }
    if other.created == nil, other.specSHA256 == nil, created != nil { return .unproved }
    return (key, created, specSHA256) == (other.key, other.created, other.specSHA256) ? .same : .other
  }

  /// The source, for messages: `batch 7 'nightly' of the database emofarm, enqueued 2026-…`.
  package var origin: String {
    let place = database.map { " of the database '\($0)'" } ?? ""
    if batches != nil { return "batches \(batch)\(place)" }
    guard let created else { return "batch \(batch)" }
    let name = key.map { $0.isEmpty ? "" : " '\($0)'" } ?? ""
    let number = server.map { $0.isEmpty ? "" : " on the server \($0)" } ?? ""
    return "batch \(batch)\(name)\(place)\(number), enqueued \(created)"
  }
}
