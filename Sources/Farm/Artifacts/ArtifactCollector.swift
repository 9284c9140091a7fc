import Files
package import Foundation
import Postgres

/// Deletes files that nothing refers to: images that no row names, inputs of jobs that no registered model and no batch
/// names, and the parts of uploads that nobody continues.
///
/// A file is marked when it is first seen unused and deleted by a later run, after a grace period that is longer than
/// any lease. By then a live worker has published the file it wrote, and a dead worker has lost its token, because
/// leases are swept first.
///
/// Transactions only decide, because they may run more than once. Files are touched between transactions, on threads
/// that may block. A file is first moved aside, where no writer can renew it, then looked up in the database again, and
/// only then deleted. If a run dies in between, the next run puts the moved files back.
package struct ArtifactCollector: Sendable {
  private let database: FarmDatabase
  private let store: ArtifactStore
  private let grace: Duration

  /// - Parameter grace: how long a file stays after it was marked; use at least ten leases and at least an hour.
  package init(database: FarmDatabase, store: ArtifactStore, grace: Duration) {
    self.database = database
    self.store = store
    self.grace = grace
  }

  /// The recommended grace period for a given lease.
  package static func grace(lease: Duration) -> Duration { max(.seconds(3600), lease * 10) }

  /// - Parameters:
  ///   - dryRun: count what would be deleted, but neither mark nor delete files.
  ///   - now: the time that the grace period ends at; nil for the store's, or this machine's if the store has none.
  package func run(dryRun: Bool = false, now: Date? = nil) async throws -> CollectReport {
    try await BlockingExecutor.run { [store] in try store.checkOwner() }
    if !dryRun { while try await database.jobs.sweep().expired.count == 100 {} }
    var report = CollectReport()
    report.images = try await collect(.images, dryRun: dryRun, now: now)
    report.inputs = try await collect(.inputs, dryRun: dryRun, now: now)
    report.uploadsEnded = try await BlockingExecutor.run { [store, grace] in
      try store.checkOwner()
      return try store.store.endUploads(grace: grace, now: now, dryRun: dryRun)
    }
    if !dryRun {
      _ = try await database.pool.withConnection { try await $0.query(ArtifactSQL.dropStale(grace: grace)) }
    }
    return report
  }

  private func collect(_ area: StoreArea, dryRun: Bool, now: Date?) async throws -> CollectReport.Files {
    let pass = Pass(
      area: area, dryRun: dryRun, references: InputReferences(database: database, archive: InputArchive(store)))
    var report = CollectReport.Files()
    let listing = try await BlockingExecutor.run { [store] in
      try store.store.listing(of: area, restoring: !dryRun)
    }
    while let page = try await BlockingExecutor.run({ [store] in
      try store.checkOwner()
      return try listing.next()
    }) {
      let limit = (now ?? page.now ?? Date()).addingTimeInterval(-grace.seconds)
      try await collect(page.files.filter { !$0.isAside }, limit, pass, &report)
      try await settle(page.files.filter(\.isAside), limit, pass, &report)
    }
    return report
  }

  /// What one collection of an area needs to know.
  private struct Pass: Sendable {
    let area: StoreArea
    let dryRun: Bool
    let references: InputReferences
  }

  /// Those of the digests that nothing refers to.
  ///
  /// - Parameter asKnown: what this collection found earlier will do.
  private func unreferenced(_ digests: [String], _ pass: Pass, asKnown: Bool = false) async throws -> [String] {
    switch pass.area {
    case .inputs: try await pass.references.unreferenced(digests, asKnown: asKnown)
    case .images:
      try await database.pool.withConnection {
        try await $0.query(ImageSQL.unreferenced(digests)).map { try $0.string("digest") }
      }
    }
  }

  private func collect(
    _ files: [StoredFile], _ limit: Date, _ pass: Pass, _ report: inout CollectReport.Files
  ) async throws {
    let named = Dictionary(files.compactMap { file in file.sha256.map { ($0, file) } }) { first, _ in first }
    let temporary = files.filter { $0.sha256 == nil && $0.modified < limit }
    report.temporaryDeleted +=
      pass.dryRun
      ? temporary.count
      : try await BlockingExecutor.run { [store] in
        try temporary.count { try store.store.setAside($0, ifUnusedSince: limit)?.delete() ?? false }
      }
    let digests = named.keys.sorted()
    let unused = try await unreferenced(digests, pass, asKnown: true)
    report.kept += digests.count - unused.count
    if pass.area == .inputs, !pass.dryRun, unused.count < digests.count {
      // A batch refers to an input again: its grace period begins anew when it ends.
      let used = Set(digests).subtracting(unused).sorted()
      _ = try await database.pool.withConnection { try await $0.query(ArtifactSQL.unmark(used)) }
    }
    guard !unused.isEmpty else { return }
    if pass.dryRun {
      report.waiting += unused.count
      return
    }
    let gone = try await delete(try await pastGrace(unused.compactMap { named[$0] }), unusedSince: limit, pass)
    report.waiting += unused.count - gone.count
    try await note(gone, pass, &report)
  }

  /// Ends the stay of files that an earlier collection moved aside: they are deleted, or put back if an image row names
  /// them now.
  private func settle(
    _ files: [StoredFile], _ limit: Date, _ pass: Pass, _ report: inout CollectReport.Files
  ) async throws {
    let due = files.filter { $0.modified < limit }
    report.waiting += pass.dryRun ? files.count : files.count - due.count
    guard !pass.dryRun, !due.isEmpty else { return }
    let unused = Set(try await unreferenced(due.compactMap(\.sha256), pass))
    let gone = try await BlockingExecutor.run { [store] in
      try due.filter { file in
        guard let aside = try store.store.setAside(file, ifUnusedSince: limit) else { return false }
        if let digest = file.sha256, unused.contains(digest) { return try aside.delete() }
        try aside.giveBack()
        return false
      }
    }
    try await note(gone, pass, &report)
  }

  private func note(_ gone: [StoredFile], _ pass: Pass, _ report: inout CollectReport.Files) async throws {
    guard !gone.isEmpty else { return }
    let bytes = gone.reduce(0) { $0 + $1.bytes }
    report.deleted += gone.count
    report.bytesFreed += bytes
    try await database.events.append(
      .info, pass.area == .images ? "artifacts.deleted" : "inputs.deleted",
      detail: ["files": "\(gone.count)", "bytes": "\(bytes)"])
  }

  /// Marks files and returns those whose mark is older than the grace period.
  private func pastGrace(_ files: [StoredFile]) async throws -> [StoredFile] {
    let digests = files.compactMap(\.sha256)
    let pastGrace = try await database.pool.transaction(retries: 3) { connection in
      try await connection.query(ArtifactSQL.mark(digests, bytes: files.map(\.bytes)))
      return Set(
        try await connection.query(ArtifactSQL.pastGrace(digests, grace: grace)).map { try $0.string("digest") })
    }
    return files.filter { $0.sha256.map(pastGrace.contains) ?? false }
  }

  /// Deletes files unless a writer renewed them since `limit` or something refers to them now; returns the deleted ones.
  private func delete(
    _ files: [StoredFile], unusedSince limit: Date, _ pass: Pass
  ) async throws -> [StoredFile] {
    guard !files.isEmpty else { return [] }
    let aside = try await BlockingExecutor.run { [store] in
      try files.compactMap { try store.store.setAside($0, ifUnusedSince: limit) }
    }
    guard !aside.isEmpty else { return [] }
    let unused: Set<String>
    do {
      unused = try await forget(aside.compactMap(\.file.sha256), pass)
    } catch {
      try? await BlockingExecutor.run { for entry in aside { try? entry.giveBack() } }
      throw error
    }
    return try await BlockingExecutor.run {
      try aside.filter { entry in
        guard let digest = entry.file.sha256, unused.contains(digest) else {
          try entry.giveBack()
          return false
        }
        return try entry.delete()
      }.map(\.file)
    }
  }

  /// Removes the marks of those files that still nothing refers to, and returns their digests.
  private func forget(_ digests: [String], _ pass: Pass) async throws -> Set<String> {
    let inputs = pass.area == .inputs ? try await unreferenced(digests, pass) : nil
    return try await database.pool.transaction(retries: 3) { connection in
      var unused = inputs ?? []
      if inputs == nil {
        unused = try await connection.query(ImageSQL.unreferenced(digests)).map { try $0.string("digest") }
      }
      try await connection.query(ArtifactSQL.unmark(unused))
      return Set(unused)
    }
  }
}

/// The result of a garbage collection.
package struct CollectReport: Codable, Hashable, Sendable {
  package struct Files: Codable, Hashable, Sendable {
    /// Files that nothing refers to, whose grace period has not ended.
    package var waiting = 0
    package var deleted = 0
    package var bytesFreed: Int64 = 0
    /// Files that rows refer to.
    package var kept = 0
    /// Temporary files left by interrupted writes.
    package var temporaryDeleted = 0

    package init() {}
  }

  package var images = Files()
  package var inputs = Files()
  /// Uploads in parts that nobody continued; nil if the store does not list them.
  package var uploadsEnded: Int? = 0

  package init() {}
}
