package import Postgres

/// The statements that set up, or take back, the database roles of a farm, in the order in which they run.
package struct RolePlan: Sendable {
  package let statements: [String]
  /// What the statements leave out, and why.
  package let notes: [String]

  /// The script, for people to read and run.
  package var script: String { statements.map { "\($0);\n" }.joined() }

  /// Reads what is there and plans the roles with exactly the rights of ``TableRights/farm``.
  ///
  /// - Throws: `PostgresError` if the catalog cannot be read.
  package static func setUp(_ names: RoleNames, _ connection: PostgresConnection) async throws -> RolePlan {
    let state = try await DatabaseState(names, connection)
    var lines: [String] = []
    for role in FarmRole.allCases where !state.roles.contains(names.name(role)) {
      lines.append("CREATE ROLE \(state.quoted(role)) NOLOGIN")
    }
    for role in FarmRole.readers { lines.append("GRANT \(state.quoted(.reader)) TO \(state.quoted(role))") }
    // Whoever gives tables away must be a member of the new owner, and keeps its rights that way.
    if !state.isSuperuser { lines.append("GRANT \(state.quoted(.owner)) TO \(state.user)") }
    lines.append("GRANT CONNECT ON DATABASE \(state.database) TO \(state.quoted(.owner)), \(state.quoted(.reader))")
    lines.append("GRANT USAGE ON SCHEMA \(state.schema) TO \(state.quoted(.reader))")
    lines.append("GRANT USAGE, CREATE ON SCHEMA \(state.schema) TO \(state.quoted(.owner))")
    lines += state.objects.map { "ALTER \($0) OWNER TO \(state.quoted(.owner))" }
    lines += state.dropPolicies
    for table in TableRights.farm {
      lines += table.grants(names)
      lines += table.policies(names)
    }
    for sequence in TableRights.sequences {
      for role in sequence.roles {
        lines.append("GRANT USAGE ON SEQUENCE \(TableRights.quote(sequence.name)) TO \(state.quoted(role))")
      }
    }
    for function in TableRights.functions {
      let name = TableRights.quote(function.name)
      lines.append("REVOKE ALL ON FUNCTION \(name) FROM PUBLIC")
      for role in function.roles { lines.append("GRANT EXECUTE ON FUNCTION \(name) TO \(state.quoted(role))") }
    }
    var notes: [String] = []
    if state.mayShowSessions {
      lines.append("GRANT pg_read_all_stats TO \(state.quoted(.admin))")
    } else {
      notes.append(
        "the audit by an admin sees no sessions of others: let a superuser run GRANT pg_read_all_stats TO "
          + state.quoted(.admin))
    }
    return RolePlan(statements: lines, notes: notes)
  }

  /// Plans to take the roles' rights and the roles back; the tables go to the current user.
  package static func revoke(_ names: RoleNames, _ connection: PostgresConnection) async throws -> RolePlan {
    let state = try await DatabaseState(names, connection)
    let roles = FarmRole.allCases.filter { state.roles.contains(names.name($0)) }
    guard !roles.isEmpty else { return RolePlan(statements: [], notes: []) }
    var lines = state.dropPolicies
    for table in TableRights.farm where table.hasPolicies {
      lines.append("ALTER TABLE \(TableRights.quote(table.table)) DISABLE ROW LEVEL SECURITY")
    }
    if roles.contains(.owner) { lines += state.objects.map { "ALTER \($0) OWNER TO \(state.user)" } }
    let all = roles.map { state.quoted($0) }.joined(separator: ", ")
    lines += TableRights.farm.map { "REVOKE ALL ON TABLE \(TableRights.quote($0.table)) FROM \(all)" }
    lines += TableRights.sequences.map { "REVOKE ALL ON SEQUENCE \(TableRights.quote($0.name)) FROM \(all)" }
    for function in TableRights.functions {
      lines.append("REVOKE ALL ON FUNCTION \(TableRights.quote(function.name)) FROM \(all)")
      lines.append("GRANT EXECUTE ON FUNCTION \(TableRights.quote(function.name)) TO PUBLIC")
    }
    lines.append("REVOKE ALL ON SCHEMA \(state.schema) FROM \(all)")
    lines.append("REVOKE ALL ON DATABASE \(state.database) FROM \(all)")
    var notes: [String] = []
    for role in roles {
      if state.usedElsewhere.contains(names.name(role)) {
        notes.append("\(names.name(role)) has rights in other databases of the server and stays")
      } else {
        lines.append("DROP ROLE \(state.quoted(role))")
      }
    }
    return RolePlan(statements: lines, notes: notes)
  }

  /// Runs the statements; whole or not at all.
  package func run(_ connection: PostgresConnection) async throws {
    for statement in statements { try await connection.execute(script: statement) }
  }
}

/// What the database holds of the farm's roles, tables and policies.
private struct DatabaseState {
  private let names: RoleNames
  let roles: Set<String>
  /// Of these, the ones with rights in other databases.
  let usedElsewhere: Set<String>
  let user: String
  let isSuperuser: Bool
  /// Whether the user may let others see the sessions of all.
  let mayShowSessions: Bool
  let database: String
  let schema: String
  /// `TABLE "jobs"`, `SEQUENCE claim_turns`, `TYPE "job_state"`, `FUNCTION refuse_steering()`.
  let objects: [String]
  let dropPolicies: [String]

  init(_ names: RoleNames, _ connection: PostgresConnection) async throws {
    self.names = names
    let tables = TableRights.farm.map(\.table)
    let sequences = TableRights.sequences.map(\.name)
    let functions = TableRights.functions.map(\.name)
    let all = FarmRole.allCases.map { names.name($0) }
    let rows = try await connection.query(
      """
      SELECT r.rolname::text AS name, EXISTS (
        SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
          AND d.dbid NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      ) AS elsewhere
      FROM pg_roles r WHERE r.rolname = ANY(\(all))
      """)
    roles = Set(try rows.map { try $0.string("name") })
    usedElsewhere = Set(try rows.filter { try $0.bool("elsewhere") }.map { try $0.string("name") })
    let own = try await connection.query(
      """
      SELECT quote_ident(current_user) AS name, rolsuper, quote_ident(current_database()) AS database,
        quote_ident(current_schema()) AS schema, rolsuper OR EXISTS (
          SELECT FROM pg_auth_members m
          WHERE m.roleid = 'pg_read_all_stats'::regrole AND m.member = r.oid AND m.admin_option
        ) AS shows
      FROM pg_roles r WHERE rolname = current_user
      """
    ).only()
    user = try own.string("name")
    isSuperuser = try own.bool("rolsuper")
    mayShowSessions = try own.bool("shows")
    database = try own.string("database")
    schema = try own.string("schema")
    objects = try await connection.query(
      """
      WITH tables AS (
        SELECT oid, relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(\(tables)) AND relkind IN ('r', 'p')
      )
      SELECT 'TABLE ' || quote_ident(relname) AS object FROM tables
      UNION SELECT 'SEQUENCE ' || quote_ident(relname) FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(\(sequences)) AND relkind = 'S'
      UNION SELECT 'TYPE ' || format_type(t.oid, NULL)
      FROM tables c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
      WHERE t.typtype = 'e'
      UNION SELECT 'FUNCTION ' || oid::regprocedure FROM pg_proc
      WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(\(functions))
      UNION SELECT 'FUNCTION ' || g.tgfoid::regprocedure
      FROM tables c JOIN pg_trigger g ON g.tgrelid = c.oid WHERE NOT g.tgisinternal
      ORDER BY 1
      """
    ).map { try $0.string("object") }
    let policies = try await connection.query(
      """
      SELECT quote_ident(policyname) AS policy, quote_ident(tablename) AS table_name FROM pg_policies
      WHERE schemaname = current_schema() AND tablename = ANY(\(tables))
        AND EXISTS (SELECT FROM unnest(\(all)) n WHERE starts_with(policyname, n || '_'))
      ORDER BY 2, 1
      """)
    dropPolicies = try policies.map {
      "DROP POLICY \(try $0.string("policy")) ON \(try $0.string("table_name"))"
    }
  }

  func quoted(_ role: FarmRole) -> String { TableRights.quote(names.name(role)) }
}
