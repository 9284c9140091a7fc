package import Foundation

/// What a database has of the schema, beside what the program carries.
package struct MigrationStatus: Hashable, Sendable {
  /// One version, known to the program, to the database or to both.
  package struct Entry: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
      case applied
      case pending
      /// Applied with another text than the program carries.
      case changed
      /// Applied, and not known to the program.
      case unknown
    }

    package let version: Int
    package let name: String
    package let state: State
    package let appliedAt: Date?
  }

  package let entries: [Entry]

  /// The highest applied version, 0 for none.
  package let current: Int

  /// The highest version that the program carries.
  package let latest: Int

  /// Why the program must not work on this database, apart from pending migrations.
  package var problem: PostgresError? {
    if let newer = entries.last(where: { $0.state == .unknown }), newer.version > latest {
      return PostgresError(
        .databaseNewer,
        "the database's schema is at version \(current) and this program knows versions up to \(latest)",
        hint: "use the newer program, or go back with the newer program's: emofarm db migrate --to \(latest)")
    }
    if let changed = entries.first(where: { $0.state == .changed || $0.state == .unknown }) {
      return PostgresError(
        .migrationDrift,
        "migration \(changed.version) (\(changed.name)) was applied with another text than this program's",
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
