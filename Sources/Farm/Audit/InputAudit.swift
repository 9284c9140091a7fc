import Files
import Postgres
import Vocabulary

/// Checks the stored files that jobs read. A job whose file is missing or damaged waits until somebody sends it again.
struct InputAudit {
  let database: FarmDatabase
  let store: ArtifactStore
  /// Whether every file is read.
  let isDeep: Bool

  func run() async throws -> [AuditFinding] {
    let archive = InputArchive(store)
    let named = try await database.pool.withConnection {
      try await $0.query(InputSQL.referenced).map { try $0.string("digest") }
    }
    return try await BlockingExecutor.run { [self] in
      var (damaged, missing): ([String], [String]) = (
        try archive.reports().map { "\(store.store.describe(InputName.file($0.sha256))): \($0.text)" }, []
      )
      let lists = try archive.lists()
      var files: [ModelFile] = []
      for digest in named where lists.contains(digest) {
        do {
          files += try archive.contents(of: digest)?.objects.map(\.file) ?? []
        } catch let error as FarmError where error.code == .inputDamaged {
          damaged.append(error.message)
        }
      }
      var known: Set<String> = []
      files.removeAll { !known.insert($0.sha256).inserted }
      try ReadAhead.forEach(files, width: store.width) { file in
        let name = InputName.file(file.sha256)
        guard let size = try store.store.size(of: name) else { return Fault.missing }
        let isWhole = try size == file.bytes && (!isDeep || store.store.digest(of: name) == file.sha256)
        return isWhole ? Fault.none : .damaged
      } _: { file, fault in
        let text = "\(file.path), \(store.store.describe(InputName.file(file.sha256)))"
        switch try fault.get() {
        case .none: break
        case .missing: missing.append(text)
        case .damaged: damaged.append(text)
        }
      }
      return [
        Self.finding("input.damaged", "a file that jobs read is damaged in the store: \(InputArchive.help)", damaged),
        Self.finding("input.missing", "a file that jobs read is missing in the store: \(InputArchive.help)", missing),
      ].compactMap(\.self)
    }
  }

  private enum Fault: Sendable { case none, missing, damaged }

  private static func finding(_ check: String, _ message: String, _ rows: [String]) -> AuditFinding? {
    rows.isEmpty
      ? nil
      : AuditFinding(
        promise: 11, check: check, message: message, rows: Array(rows.prefix(Audit.shown)), count: rows.count)
  }
}
