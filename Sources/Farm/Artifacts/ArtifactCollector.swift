package import Foundation
import Postgres

/// Deletes files that no image row names.
///
/// A file is marked when it is first seen unused, and deleted by a later run after a grace period that is longer than
/// any lease, after looking again inside a transaction: a worker that wrote it and lives has published it by then, and
/// one that does not live has lost its token, because leases are swept first.
package struct ArtifactCollector: Sendable {
  private let database: FarmDatabase
  private let store: ArtifactStore
  private let grace: Duration

  /// - Parameter grace: at least ten leases and at least an hour is a good choice.
  package init(database: FarmDatabase, store: ArtifactStore, grace: Duration) {
    self.database = database
    self.store = store
    self.grace = grace
  }

  /// The grace period for a lease.
  package static func grace(lease: Duration) -> Duration { max(.seconds(3600), lease * 10) }

  /// - Parameter dryRun: count what would be deleted, and neither mark nor delete.
  package func run(dryRun: Bool = false, now: Date = Date()) async throws -> CollectReport {
    if !dryRun { while try await database.jobs.sweep().expired.count == 100 {} }
    var report = CollectReport()
    let limit = now.addingTimeInterval(-grace.seconds)
    try await store.forEachFolder { files in
      try await collect(files, limit, dryRun: dryRun, &report)
    }
    if !dryRun {
      _ = try await database.pool.withConnection { try await $0.query(ArtifactSQL.dropStale(grace: grace)) }
    }
    return report
  }

  private func collect(
    _ files: [StoredFile], _ limit: Date, dryRun: Bool, _ report: inout CollectReport
  ) async throws {
    let named = Dictionary(files.compactMap { file in file.sha256.map { ($0, file) } }) { first, _ in first }
    for file in files where file.sha256 == nil && file.modified < limit {
      if try dryRun || store.delete(file, ifUnusedSince: limit) { report.temporaryDeleted += 1 }
    }
    let digests = named.keys.sorted()
    let unused = try await database.pool.withConnection {
      try await $0.query(ImageSQL.unreferenced(digests)).map { try $0.string("digest") }
    }
    report.kept += digests.count - unused.count
    guard !unused.isEmpty else { return }
    if dryRun {
      report.waiting += unused.count
      return
    }
    let gone = try await delete(unused.compactMap { named[$0] }, limit)
    report.deleted += gone.count
    report.bytesFreed += gone.reduce(0) { $0 + $1.bytes }
    report.waiting += unused.count - gone.count
  }

  /// Marks files and deletes those whose mark is old enough; returns these.
  private func delete(_ files: [StoredFile], _ limit: Date) async throws -> [StoredFile] {
    let digests = files.compactMap(\.sha256)
    let gone = try await database.pool.transaction(retries: 3) { connection in
      try await connection.query(ArtifactSQL.mark(digests, bytes: files.map(\.bytes)))
      let ripe = try await connection.query(ArtifactSQL.ripe(digests, grace: grace)).map { try $0.string("digest") }
      // Looked at again, now that the marks are locked: an image may have been published since.
      let unused = Set(
        try await connection.query(ImageSQL.unreferenced(ripe)).map { try $0.string("digest") })
      let gone = try files.filter { file in
        guard let digest = file.sha256, unused.contains(digest) else { return false }
        return try store.delete(file, ifUnusedSince: limit)
      }
      try await connection.query(ArtifactSQL.unmark(gone.compactMap(\.sha256)))
      return gone
    }
    guard !gone.isEmpty else { return [] }
    try await database.events.append(
      .info, "artifacts.deleted", detail: ["files": "\(gone.count)", "bytes": "\(gone.reduce(0) { $0 + $1.bytes })"])
    return gone
  }
}
