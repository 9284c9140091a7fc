import Files
import Foundation

/// The server programs of one PostgreSQL version.
struct ServerInstallation: Equatable {
  let major: Int
  /// The folder that contains `initdb`, `pg_ctl` and `postgres`.
  let folder: String

  func program(_ name: String) -> String { "\(folder)/\(name)" }

  /// Finds the newest installed version, or exactly the one that an existing cluster needs.
  ///
  /// - Throws: ``PostgresError`` (`cluster`) that names the package to install.
  static func find(major wanted: Int? = nil) throws -> ServerInstallation {
    let all = installed()
    if let match = all.filter({ wanted == nil || $0.major == wanted }).max(by: { $0.major < $1.major }) {
      return match
    }
    guard let wanted else {
      throw PostgresError(
        .cluster, "no PostgreSQL server is installed here (looked in /usr/lib/postgresql/*/bin and PATH)",
        hint: "install one (apt-get install postgresql) or name a running server in EMOFARM_DATABASE_URL")
    }
    let others = all.map { String($0.major) }.joined(separator: ", ")
    throw PostgresError(
      .cluster,
      "the embedded cluster needs PostgreSQL \(wanted); installed: \(others.isEmpty ? "none" : others)",
      hint: "install postgresql-\(wanted), or migrate the data with pg_upgrade")
  }

  private static func installed() -> [ServerInstallation] {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let packaged = versions.compactMap { name in
      Int(name).map { ServerInstallation(major: $0, folder: "\(root)/\(name)/bin") }
    }
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let onPath = path.filter { isComplete($0) }.compactMap { folder in
      version(folder).map { ServerInstallation(major: $0, folder: folder) }
    }
    return packaged.filter { isComplete($0.folder) } + onPath
  }

  private static func isComplete(_ folder: String) -> Bool {
    ["initdb", "pg_ctl", "postgres"].allSatisfy { access("\(folder)/\($0)", X_OK) == 0 }
  }

  /// "postgres (PostgreSQL) 15.8 (Debian 15.8-1)" → 15
  private static func version(_ folder: String) -> Int? {
    let outcome = try? ChildProcess.run("\(folder)/postgres", ["--version"], environment: [:])
    let words = String(decoding: outcome?.output ?? [], as: UTF8.self).split(separator: " ")
    guard words.count >= 3 else { return nil }
    return Int(words[2].prefix { $0.isNumber })
  }
}
