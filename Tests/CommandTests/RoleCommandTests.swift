import Foundation
import Postgres
import TestSupport
import Testing

/// The programs under the database roles of `emofarm db roles`.
@Suite struct RoleCommandTests {
  /// A farm on a server of its own, which lets every login in by its name.
  private struct Farm: Sendable {
    let home: String
    let server: PostgresConfiguration

    static func with(_ body: @Sendable (Farm) async throws -> Void) async throws {
      try await TestFolder.with { home in
        let access = "\(home)/access.conf"
        try "local all all trust\n".write(toFile: access, atomically: true, encoding: .utf8)
        let cluster = EmbeddedCluster(home: home, settings: ["hba_file": "'\(access)'", "fsync": "off"])
        try await cluster.start()
        let result: Result<Void, any Error>
        do {
          result = .success(try await body(Farm(home: home, server: try await cluster.configuration())))
        } catch {
          result = .failure(error)
        }
        try await cluster.stop(.immediate)
        try result.get()
      }
    }

    private func environment(_ login: String) -> [String: String] {
      [
        "EMOFARM_HOME": home,
        "EMOFARM_DATABASE_URL": "host=\(server.host) port=\(server.port) user=\(login) dbname=\(server.database)",
      ]
    }

    func run(_ login: String, _ arguments: [String]) async throws -> Program.Outcome {
      try await Program.emofarm.run(arguments, environment: environment(login), folder: SourceTree.root.path)
    }

    /// Runs a worker until nothing is left to do.
    func work(_ login: String) async throws -> Program.Outcome {
      try await Program.emofarmd.run(
        ["--once", "--threads", "1"], environment: environment(login), folder: SourceTree.root.path)
    }

    func makeLogins(_ parts: [(login: String, role: String?)]) async throws {
      let connection = try await PostgresConnection.connect(server)
      for (login, role) in parts {
        try await connection.query("CREATE ROLE \(identifier: login) LOGIN")
        if let role { try await connection.query("GRANT \(identifier: role) TO \(identifier: login)") }
      }
      await connection.close()
    }
  }

  @Test(.timeLimit(.minutes(10))) func aBatchPassesThroughTheRoles() async throws {
    try await Farm.with { farm in
      func succeeds(
        _ login: String, _ arguments: String..., location: SourceLocation = #_sourceLocation
      ) async throws -> String {
        let outcome = try await farm.run(login, arguments)
        #expect(outcome.status == 0, "\(login): \(arguments): \(outcome)", sourceLocation: location)
        return outcome.output
      }
      func fails(
        _ login: String, _ arguments: String..., because reason: String, location: SourceLocation = #_sourceLocation
      ) async throws {
        let outcome = try await farm.run(login, arguments)
        #expect(outcome.status == 1, "\(login): \(arguments): \(outcome)", sourceLocation: location)
        #expect(outcome.error.contains(reason), "\(outcome.error)", sourceLocation: location)
        #expect(
          outcome.error.components(separatedBy: "emofarm: ").count == 2, "\(outcome.error)", sourceLocation: location)
      }
      let owner = "emofarm"
      _ = try await succeeds(owner, "db", "migrate")
      let script = try await succeeds(owner, "db", "roles", "--print")
      #expect(script.contains("CREATE ROLE \"emofarm_worker\" NOLOGIN;\n"))
      #expect(try await succeeds(owner, "db", "roles").contains("emofarm_producer  enqueues batches"))
      try await farm.makeLogins([
        ("anna", "emofarm_producer"), ("bert", "emofarm_producer"), ("render1", "emofarm_worker"),
        ("rita", "emofarm_reader"), ("ada", "emofarm_admin"), ("olga", "emofarm_owner"), ("stranger", nil),
      ])
      try await fails("stranger", "list", because: "emofarm db roles")

      _ = try await succeeds("ada", "models", "add", "tiny", "config/models/tiny")
      _ = try await succeeds("anna", "enqueue", "--emotion", "awe", "--count", "6", "--chunk", "2", "--seed", "1")
      try await fails("rita", "enqueue", "--emotion", "awe", "--count", "1", because: "emofarm db roles")
      try await fails("render1", "enqueue", "--emotion", "awe", "--count", "1", because: "emofarm db roles")
      try await fails("bert", "priority", "1", "5", because: "batch 1 was enqueued by anna")
      try await fails("render1", "priority", "1", "5", because: "emofarm db roles")
      try await fails("rita", "cancel", "1", because: "emofarm db roles")
      _ = try await succeeds("anna", "priority", "1", "5")
      _ = try await succeeds("ada", "pause", "1")
      _ = try await succeeds("anna", "resume", "1")

      let worker = try await farm.work("render1")
      #expect(worker.status == 0, "\(worker)")
      #expect(!worker.error.contains("42501"), "\(worker.error)")
      #expect(try await succeeds("rita", "status", "1").contains("done"))
      _ = try await succeeds("rita", "export", "1", "--out", "\(farm.home)/dataset")
      #expect(try await succeeds("rita", "events").contains("batch.finished"))
      _ = try await succeeds("ada", "audit")
      _ = try await succeeds("ada", "audit", "--deep")
      _ = try await succeeds("ada", "repair")
      _ = try await succeeds("ada", "prune")
      _ = try await succeeds("ada", "gc")
      try await fails("anna", "gc", because: "emofarm db roles")
      try await fails("render1", "models", "add", "other", "config/models/tiny", because: "emofarm db roles")
      try await fails("ada", "db", "migrate", "--to", "1", "--yes", because: "emofarm db roles")
      _ = try await succeeds("olga", "db", "migrate")

      let parts = try await succeeds("render1", "db", "roles", "--check")
      #expect(parts.contains("worker    yes"), "\(parts)")
      #expect(parts.contains("producer  no: BatchSQL.insert: permission denied"), "\(parts)")
      #expect(try await succeeds("ada", "db", "roles", "--check").contains("admin     yes"))
      _ = try await succeeds("anna", "delete", "1", "--yes")
      #expect(try await succeeds(owner, "db", "roles", "--revoke", "--yes").contains("taken back"))
      try await fails("rita", "list", because: "emofarm db roles")
    }
  }
}
