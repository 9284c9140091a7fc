import Farm
import Foundation
import Postgres
import TestSupport
import Testing

/// Users, hosts, labels and workers from afar, as an operator types them.
@Suite struct DirectingCommandTests {
  /// Registers a worker as a daemon would.
  private static func register(_ host: String, _ farm: CommandFarm, labels: [String] = []) async throws -> Int64 {
    let database = FarmDatabase(pool: PostgresPool(farm.configuration))
    let worker = try await database.workers.register(
      host: host, pid: 1, engine: "test", version: "0", threads: 1, labels: labels)
    await database.close()
    return worker.id
  }

  @Test(.timeLimit(.minutes(10))) func workersAreNamedByNumberHostOrAll() async throws {
    try await CommandFarm.with { farm in
      let none = try await farm("workers", "drain", "--all")
      #expect(none.status == 1 && none.error.contains("no worker is alive"), "\(none)")
      let id = try await Self.register("forge", farm, labels: ["gpu", "large"])
      for arguments in [["pause"], ["pause", "1", "--all"], ["drain", "1", "--host", "forge"], ["resume", "x"]] {
        let wrong = try await Program.emofarm.run(
          ["workers"] + arguments, environment: farm.environment, folder: SourceTree.root.path)
        #expect(wrong.status == 2, "\(arguments) \(wrong)")
      }
      let absent = try await farm("workers", "pause", "\(id)", "99")
      #expect(
        absent.status == 1 && absent.error == "emofarm: there is no worker 99: see emofarm workers\n", "\(absent)")
      #expect(try await farm("workers", "pause", "--host", "forge").status == 0)
      let shown = try await farm("workers").output
      #expect(shown.contains("paused") && shown.contains("gpu,large") && shown.contains("paused by "), "\(shown)")
      #expect(try await farm("workers", "resume", "--all", "--json").output.contains("\(id)"))
      #expect(try await farm("workers", "drain", "\(id)").status == 0)
      let refused = try await farm("workers", "resume", "\(id)")
      #expect(refused.status == 1 && refused.error.contains("worker \(id) drains and will leave"), "\(refused)")
      #expect(try await farm("workers").output.contains("draining"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func aBatchThatNoWorkerCanTakeIsSaidAtOnce() async throws {
    try await CommandFarm.with { farm in
      let wrong = try await farm("enqueue", "--emotion", "awe", "--count", "1", "--require", "gpu,,x")
      #expect(wrong.status == 2 && wrong.error.contains("--require has the label ''"), "\(wrong)")
      let made = try await farm(
        "enqueue", "--emotion", "awe", "--count", "1", "--require", "large", "--require", "gpu", "--user", "anna")
      #expect(made.status == 0 && made.output == "1\n", "\(made)")
      #expect(made.error.contains("warning: batch 1 waits for a worker with the labels gpu, large"), "\(made)")
      let status = try await farm("status", "1").output
      #expect(status.contains("User     anna") && status.contains("Waits    for a worker with the labels gpu, large"))
      #expect(try await farm("status").output.contains("batch 1 waits for a worker with the labels gpu, large"))
      _ = try await Self.register("forge", farm, labels: ["gpu", "large"])
      #expect(try await !farm("status", "1").output.contains("Waits"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func sharesAndCapsAreSetAndShown() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("users", "set", "anna").status == 2)
      #expect(try await farm("users", "set", "anna", "--weight", "0").status == 2)
      #expect(try await farm("users", "set", "anna", "--cap", "1", "--no-cap").status == 2)
      #expect(try await farm("hosts", "set", "forge").status == 2)
      let set = try await farm("users", "set", "anna", "--weight", "2.5", "--json")
      #expect(set.status == 0 && set.output.contains(#""weight" : 2.5"#), "\(set)")
      #expect(try await farm("users", "set", "anna", "--cap", "8").status == 0)
      let users = try await farm("users", "--json").output
      #expect(users.contains(#""weight" : 2.5"#) && users.contains(#""cap" : 8"#), "\(users)")
      #expect(try await farm("hosts", "set", "forge", "--cap", "2").output.contains("forge"))
      #expect(try await farm("hosts").output.contains("forge"))
      let free = try await farm("hosts", "set", "forge", "--no-cap")
      #expect(free.status == 0 && free.error.contains("the host 'forge' has no cap"), "\(free)")
    }
  }
}
