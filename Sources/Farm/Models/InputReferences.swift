import Files
import Postgres
import Synchronization
import Vocabulary

/// What the farm refers to of the inputs in its store: registered models, and everything that a batch names, whatever its
/// state, because `repair` and `replay` need it as long as the batch exists.
final class InputReferences: Sendable {
  private let database: FarmDatabase
  private let archive: InputArchive
  /// The files of the lists that were read, by the lists' digests.
  private let lists = Mutex<[String: [String]]>([:])

  init(database: FarmDatabase, archive: InputArchive) {
    self.database = database
    self.archive = archive
  }

  /// What was referred to when it was last looked up.
  private let known = Mutex<Set<String>?>(nil)

  /// Those of the digests that nothing refers to.
  ///
  /// - Parameter asKnown: what an earlier call found will do: before a file is deleted, it is looked up again.
  /// - Throws: also if a list cannot be read: its files would be deleted wrongly.
  func unreferenced(_ digests: [String], asKnown: Bool) async throws -> [String] {
    guard !digests.isEmpty else { return [] }
    if asKnown, let known = known.withLock({ $0 }) { return digests.filter { !known.contains($0) } }
    let named = try await database.pool.withConnection {
      try await $0.query(InputSQL.referenced).map { try $0.string("digest") }
    }
    let used = try await BlockingExecutor.run { [self] in
      let here = try archive.lists()
      let unread = lists.withLock { lists in named.filter { lists[$0] == nil && here.contains($0) } }
      try ReadAhead.forEach(unread, width: archive.store.width) { digest in
        try self.archive.contents(of: digest)?.objects.map(\.file.sha256) ?? []
      } _: { digest, files in
        let files = try files.get()
        lists.withLock { $0[digest] = files }
      }
      return lists.withLock { lists in Set(named + named.flatMap { lists[$0] ?? [] }) }
    }
    known.withLock { $0 = used }
    return digests.filter { !used.contains($0) }
  }
}
