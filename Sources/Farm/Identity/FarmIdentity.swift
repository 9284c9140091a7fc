package import Foundation
import Postgres

/// Which farm a database holds. The id was made with the schema and stays the same when the database is restored from a
/// backup, as the farm's store does.
package struct FarmIdentity: Hashable, Sendable {
  package let id: UUID
  /// When a store got the marker of this farm; nil if none ever did.
  package let storeMarked: Date?
  /// The files of the farm's latest images, by digest; empty if it has no image.
  package let latestFiles: [String]

  package init(id: UUID, storeMarked: Date?, latestFiles: [String]) {
    self.id = id
    self.storeMarked = storeMarked
    self.latestFiles = latestFiles
  }

  /// As in a marker, in messages and in `emofarm store`.
  package var name: String { id.uuidString.lowercased() }
}

extension FarmDatabase {
  package func identity() async throws -> FarmIdentity {
    try await pool.withConnection { connection in
      let row = try await connection.query(IdentitySQL.farm).only()
      return FarmIdentity(
        id: try row.decode("id"), storeMarked: try row.optionalDate("store_marked_at"),
        latestFiles: try row.strings("files"))
    }
  }
}
