import Foundation
import Postgres

/// The CPU time that a PostgreSQL server on this machine has used, over all its processes, from `/proc`.
struct ServerTime: Sendable {
  private let postmaster: Int32

  /// nil if the server runs elsewhere.
  init?(_ connection: PostgresConnection) async throws {
    let backend = Int32(try await connection.query("SELECT pg_backend_pid() AS pid").only().int("pid"))
    guard let row = Self.row(backend), row.name == "postgres", let main = Self.row(row.parent), main.name == "postgres"
    else { return nil }
    postmaster = row.parent
  }

  /// Seconds since the server began, including those of sessions that have ended.
  func seconds() -> Double {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    var ticks = Self.row(postmaster).map { $0.own + $0.ofEnded } ?? 0
    for process in processes.lazy.compactMap({ Int32($0) }) {
      if let row = Self.row(process), row.parent == postmaster { ticks += row.own }
    }
    return Double(ticks) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
  }

  private struct Row {
    let name: String
    let parent: Int32
    /// In clock ticks.
    let own: Int
    /// Of children that ended.
    let ofEnded: Int
  }

  /// See proc(5).
  private static func row(_ process: Int32) -> Row? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 14, let parent = Int32(fields[1]), let user = Int(fields[11]), let system = Int(fields[12]),
      let endedUser = Int(fields[13]), let endedSystem = Int(fields[14])
    else { return nil }
    return Row(
      name: String(text[text.index(after: open)..<close]), parent: parent, own: user + system,
      ofEnded: endedUser + endedSystem)
  }
}
