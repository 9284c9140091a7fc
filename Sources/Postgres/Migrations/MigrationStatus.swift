package import Foundation

/// The state of a database's schema compared with the migrations of this program.
package struct MigrationStatus: Hashable, Sendable {
  /// A version that the program, the database or both know.
  package struct Entry: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
      case applied
      case pending
      /// The applied text differs from the program's.
      case changed
      /// The version is applied but unknown to the program.
      case unknown
    }

    package let version: Int
    package let name: String
    package let state: State
    package let appliedAt: Date?
  }

  package let entries: [Entry]

  /// The highest applied version; 0 if there is none.
  package let current: Int

  /// The highest version of this program.
  package let latest: Int

  /// Why the program must not use this database, apart from pending migrations.
  package var problem: PostgresError? {
    if let newer = entries.last(where: { $0.state == .unknown }), newer.version > latest {
      return PostgresError(
        .databaseNewer,
        "the database's schema is at version \(current), but this program knows versions up to \(latest)",
        hint: "use the newer program, or go back with the newer program's: emofarm db migrate --to \(latest)")
    }
    if let changed = entries.first(where: { $0.state == .changed || $0.state == .unknown }) {
      return PostgresError(
        .migrationDrift,
        "migration \(changed.version) (\(changed.name)) was applied with a text that differs from this program's",
        hint: "use the program that applied it, or restore its migration file")
    }
    if let gap = entries.first(where: { $0.state == .pending && $0.version < current }) {
      return PostgresError(
        .migrationDrift, "migration \(gap.version) (\(gap.name)) is missing although version \(current) is applied",
        hint: "restore the database from a backup: its list of migrations was changed by hand")
    }
    return nil
  }

  package var pending: [Entry] { entries.filter { $0.state == .pending } }
  package var isCurrent: Bool { problem == nil && pending.isEmpty }
}
