import Files
import Foundation

/// The operating system user that the embedded server runs as.
///
/// PostgreSQL refuses to run as root. If the caller is root, the server runs as `postgres` (or `nobody`); otherwise it
/// runs as the caller.
struct ServerAccount: Equatable {
  let name: String
  let user: uid_t
  let group: gid_t
  /// The prefix that makes a command run as this user; empty if this user is the caller.
  let prefix: [String]

  /// - Throws: ``PostgresError`` (`cluster`).
  static func current() throws -> ServerAccount {
    guard geteuid() == 0 else {
      let entry = try look(getpwuid(geteuid()), "user \(geteuid())")
      return ServerAccount(name: entry.name, user: geteuid(), group: getegid(), prefix: [])
    }
    let entry = try look(getpwnam("postgres") ?? getpwnam("nobody"), "user postgres")
    return ServerAccount(
      name: entry.name, user: entry.user, group: entry.group, prefix: try changeUser(to: entry.name, entry.group))
  }

  /// Changes the owner of a file or folder to this user if the caller is root.
  func own(_ path: String) throws {
    guard !prefix.isEmpty else { return }
    guard chown(path, user, group) == 0 else {
      throw PostgresError(.cluster, "\(path) cannot be assigned to \(name): \(SystemError())")
    }
  }

  /// Checks that this user can traverse every folder down to a path.
  ///
  /// - Throws: ``PostgresError`` (`cluster`) that names the first folder that cannot be traversed.
  func checkCanReach(_ path: String) throws {
    guard !prefix.isEmpty else { return }
    var folder = ""
    for part in ["/"] + path.split(separator: "/").map(String.init) {
      folder += folder.isEmpty || folder == "/" ? part : "/" + part
      var status = stat()
      guard stat(folder, &status) == 0 else { return }
      let needed: mode_t = status.st_uid == user ? 0o100 : status.st_gid == group ? 0o010 : 0o001
      guard status.st_mode & needed != 0 else {
        throw PostgresError(
          .cluster,
          "the server runs as \(name), who cannot access \(folder) "
            + "(mode \(String(status.st_mode & 0o7777, radix: 8)) lacks execute permission for others)",
          hint: "choose another data folder with EMOFARM_HOME, such as /var/lib/emofarm, or run: chmod o+x \(folder)")
      }
    }
  }

  private static func look(
    _ entry: UnsafeMutablePointer<passwd>?, _ what: String
  ) throws -> (name: String, user: uid_t, group: gid_t) {
    guard let entry = entry?.pointee else {
      throw PostgresError(
        .cluster, "\(what) is not in the system's list of users, but the server needs a user to run as",
        hint: "add the user, or give a running server in EMOFARM_DATABASE_URL")
    }
    return (String(cString: entry.pw_name), entry.pw_uid, entry.pw_gid)
  }

  private static func changeUser(to name: String, _ group: gid_t) throws -> [String] {
    for folder in ["/usr/bin", "/bin"] where access("\(folder)/setpriv", X_OK) == 0 {
      return ["\(folder)/setpriv", "--reuid=\(name)", "--regid=\(group)", "--init-groups", "--"]
    }
    for folder in ["/usr/sbin", "/sbin"] where access("\(folder)/runuser", X_OK) == 0 {
      return ["\(folder)/runuser", "-u", name, "--"]
    }
    throw PostgresError(
      .cluster, "neither setpriv nor runuser is installed, so the server cannot be run as \(name)",
      hint: "install util-linux, or run as another user than root")
  }
}
