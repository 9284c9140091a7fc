/// What the embedded server's configuration files say.
enum ClusterSettings {
  /// The database's superuser and owner of everything in it.
  static let role = "emofarm"

  /// Settings for a job queue on a machine that renders: durable, small, and quick to vacuum.
  private static let defaults: [String: String] = [
    // Reached through the socket's folder only.
    "listen_addresses": "''",
    "port": String(ClusterFiles.port),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    // A finished image is a promise: nothing here may be traded for speed.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "'128MB'",
    "max_wal_size": "'2GB'",
    "wal_compression": "on",
    "checkpoint_timeout": "'15min'",
    "log_checkpoints": "off",
    // Rows of a queue die young: vacuum early, or claims wade through the dead.
    "autovacuum_naptime": "'15s'",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    // A forgotten transaction would keep vacuum from removing anything.
    "idle_in_transaction_session_timeout": "'10min'",
    "random_page_cost": "1.1",
    // Statements are short: compiling them costs more than it gives.
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "'%m [%p] '",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
  ]

  /// `emofarm.conf`, written at every start; `overrides` win.
  static func configuration(run: String, overrides: [String: String]) -> String {
    var settings = defaults
    settings["unix_socket_directories"] = quoted(run)
    settings.merge(overrides) { $1 }
    let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
    return "# Written by emofarm at every start: put your own settings into postgresql.auto.conf (ALTER SYSTEM).\n"
      + lines.joined(separator: "\n") + "\n"
  }

  /// `pg_hba.conf`: whoever the kernel says is the owner or root is let in, nobody else.
  ///
  /// Peer needs no secret to keep in a file, and unlike trust it holds even where somebody opens the socket's
  /// folder (mode 0700) to others.
  static let access = "local all all peer map=emofarm\n"

  /// `pg_ident.conf`: the system's users that are the role.
  static func users(_ account: ServerAccount) -> String {
    Set(["root", account.name]).sorted().map { "emofarm \"\($0)\" \(role)\n" }.joined()
  }

  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "''") + "'"
  }
}
