package import Postgres

/// A statement of the farm with sample values, and the parts whose members may run it. The owner may run all.
///
/// The list is what the rights of ``TableRights/farm`` are for: a test explains every statement as every role, and fails
/// if a statement of a file `…SQL.swift` is in no line.
package struct RoleStatement: Sendable {
  /// The type and the function: `JobSQL.claim`.
  package let name: String
  package let roles: Set<FarmRole>
  package let sql: SQL

  init(_ name: String, _ roles: Set<FarmRole>, _ sql: SQL) {
    self.name = name
    self.roles = roles
    self.sql = sql
  }
}

extension FarmDatabase {
  /// The parts whose every statement this login may run, and for each other one the first refusal.
  ///
  /// Nothing is run: the server checks a statement's privileges when it explains it.
  package func parts() async throws -> [(role: FarmRole, refusal: String?)] {
    let statements = try RoleStatement.all()
    return try await pool.withConnection { connection in
      var refusals: [String: String] = [:]
      for statement in statements {
        do {
          try await connection.query("EXPLAIN \(statement.sql)")
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
          refusals[statement.name] = error.message
        }
      }
      return FarmRole.allCases.filter { $0 != .owner }.map { role in
        let refusal = statements.first { $0.roles.contains(role) && refusals[$0.name] != nil }
        return (role, refusal.map { "\($0.name): \(refusals[$0.name] ?? "")" })
      }
    }
  }
}
