import Files
import Foundation
package import Postgres

/// A real PgBouncer in transaction mode before a server, which ends with this object or with the process.
package final class Pooler: Sendable {
  private let folder: String
  /// The pooler's standard input, whose end stops it.
  private let input: FileHandle
  private let user: String
  private static let port = 6432

  /// - Parameter size: the server processes that all clients share.
  package init(before server: PostgresConfiguration, size: Int = 3) throws {
    folder = "\(TestFolder.parent)/emofarm-pooler-\(UUID().uuidString.prefix(8).lowercased())"
    user = server.user
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    try """
    [databases]
    * = host=\(server.host) port=\(server.port) user=\(server.user)
    [pgbouncer]
    unix_socket_dir = \(folder)
    listen_port = \(Self.port)
    auth_type = any
    pool_mode = transaction
    default_pool_size = \(size)
    max_client_conn = 200
    logfile = \(folder)/log
    """.write(toFile: "\(folder)/pgbouncer.ini", atomically: true, encoding: .utf8)
    // PgBouncer does not run as root.
    let account = geteuid() == 0 ? getpwnam("postgres") : nil
    if let account { chown(folder, account.pointee.pw_uid, account.pointee.pw_gid) }
    let change = account == nil ? "" : "setpriv --reuid=postgres --regid=postgres --init-groups -- "
    let pipe = Pipe()
    _ = try ChildProcess(
      "/bin/sh",
      [
        "-c",
        "\(change)pgbouncer -q \"$0/pgbouncer.ini\" 2>\"$0/errors\" & cat >/dev/null; kill $!; wait; rm -rf \"$0\"",
        folder,
      ], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
      input: .descriptor(pipe.fileHandleForReading.fileDescriptor))
    try pipe.fileHandleForReading.close()
    input = pipe.fileHandleForWriting
    for _ in 0..<1000 where !Self.isUp(folder) { usleep(10_000) }
    guard Self.isUp(folder) else {
      let log = (try? String(contentsOfFile: "\(folder)/errors", encoding: .utf8)) ?? ""
      throw NotObserved(
        description: "PgBouncer did not start: is pgbouncer installed (deploy/install-packages)? \(log)")
    }
  }

  deinit {
    try? input.close()
  }

  /// Whether it says that it serves: the file of its socket is there a moment before.
  private static func isUp(_ folder: String) -> Bool {
    ((try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "").contains("process up")
  }

  /// The way to a database through the pooler.
  package func configuration(_ database: String, _ pooling: Pooling = .auto) -> PostgresConfiguration {
    var configuration = PostgresConfiguration(socketFolder: folder, port: Self.port, user: user, database: database)
    configuration.pooling = pooling
    return configuration
  }

  /// The same for the environment of a program.
  package func address(_ database: String) -> String {
    "host=\(folder) port=\(Self.port) user=\(user) dbname=\(database)"
  }
}
