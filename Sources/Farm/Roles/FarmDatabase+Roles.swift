package import Postgres

extension FarmDatabase {
  /// Makes the farm's database roles, or gives existing ones exactly the rights that this program knows of, also on
  /// tables that a migration has added.
  ///
  /// - Parameters:
  ///   - revoke: take the rights and the roles back instead.
  ///   - dryRun: plan without a change.
  ///   - onWait: called for each set of sessions that it waits for.
  /// - Throws: `PostgresError` with SQLSTATE 42501 if the user may not do that.
  package func setUpRoles(
    _ names: RoleNames, revoke: Bool = false, dryRun: Bool = false, onWait: @escaping @Sendable (LockWait) -> Void
  ) async throws -> RolePlan {
    do {
      return try await pool.withConnection { connection in
        try await SchemaChange(onWait: onWait).run(connection) { connection in
          let plan = try await revoke ? RolePlan.revoke(names, connection) : RolePlan.setUp(names, connection)
          if !dryRun { try await plan.run(connection) }
          return plan
        }
      }
    } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
      throw PostgresError(
        error.code, error.message, sqlState: error.sqlState,
        hint: "roles are made by a superuser, or by the owner of the farm's tables with CREATEROLE; --print shows the "
          + "statements for whoever may run them", statement: error.statement)
    }
  }

  /// Whether the farm's tables have policies of roles, which do not know what a migration has just added.
  package static func hasRoles(_ connection: PostgresConnection) async throws -> Bool {
    try await connection.query(
      "SELECT coalesce((SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass('batches')), false) AS has"
    ).only().bool("has")
  }
}
