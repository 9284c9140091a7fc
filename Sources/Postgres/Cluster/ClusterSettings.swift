/// The contents of the embedded server's configuration files.
enum ClusterSettings {
  /// The database's superuser, who owns everything in it.
  static let role = "emofarm"

  /// Settings for a job queue on a rendering machine: durable, small, and vacuumed early.
  private static let defaults: [String: String] = [
    // The server is reached through the socket's folder only.
    "listen_addresses": "''",
    "port": String(ClusterFiles.port),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    // A published image must never be lost, so durability is not traded for speed.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "'128MB'",
    "max_wal_size": "'2GB'",
    "wal_compression": "on",
    "checkpoint_timeout": "'15min'",
    "log_checkpoints": "off",
    // Rows of a queue are short-lived: vacuum early, or claims have to skip many dead rows.
    "autovacuum_naptime": "'15s'",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    // A forgotten transaction would prevent vacuum from removing dead rows.
    "idle_in_transaction_session_timeout": "'10min'",
    "random_page_cost": "1.1",
    // The statements are short: JIT compilation costs more than it saves.
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "'%m [%p] '",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
  ]

  /// `emofarm.conf`, written at every start; `overrides` take precedence.
  static func configuration(run: String, overrides: [String: String]) -> String {
    var settings = defaults
    settings["unix_socket_directories"] = quoted(run)
    settings.merge(overrides) { $1 }
    let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
    return "# Written by emofarm at every start: put your own settings into postgresql.auto.conf (ALTER SYSTEM).\n"
      + lines.joined(separator: "\n") + "\n"
  }

  /// `pg_hba.conf`: only the owner and root, as identified by the kernel, may connect.
  ///
  /// Peer authentication needs no stored secret and, unlike trust, still protects the server if the mode of the
  /// socket's folder (0700) is relaxed.
  static let access = "local all all peer map=emofarm\n"

  /// `pg_ident.conf`: the system users that map to the role.
  static func users(_ account: ServerAccount) -> String {
    Set(["root", account.name]).sorted().map { "emofarm \"\($0)\" \(role)\n" }.joined()
  }

  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "''") + "'"
  }
}
