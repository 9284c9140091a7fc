import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct DatabaseTests {
  @Test func anOlderSchemaIsMigratedOnRequest() async throws {
    try await CommandFarm.with(migrations: []) { farm in
      let refused = try await farm("list")
      #expect(refused.status == 1)
      #expect(refused.error.contains("run: emofarm db migrate"), "\(refused.error)")
      let status = try await farm("db", "status")
      #expect(status.status == 1)
      #expect(status.output.contains("pending; run: emofarm db migrate"), "\(status)")
      let migrate = try await farm("db", "migrate")
      #expect(migrate.status == 0, "\(migrate)")
      #expect(migrate.output.hasPrefix("applied 0001_"))
      #expect(try await farm("db", "migrate").output.contains("nothing to do"))
      #expect(try await farm("db", "status").status == 0)
      let unasked = try await farm("db", "migrate", "--to", "0")
      #expect(unasked.status == 2)
      #expect(try await farm("db", "migrate", "--to", "0", "--yes").output.contains("reverted 0001_"))
    }
  }

  @Test func aNewerSchemaIsRefused() async throws {
    try await CommandFarm.with { farm in
      try await farm.query("INSERT INTO emofarm_migrations (version, name, checksum) VALUES (99, 'future', 'x')")
      for command in [["list"], ["enqueue", "--emotion", "awe", "--count", "1"], ["db", "migrate"]] {
        let outcome = try await Program.emofarm.run(
          command, environment: farm.environment, folder: SourceTree.root.path)
        #expect(outcome.status == 1)
        #expect(outcome.error.contains("the database's schema is at version 99"), "\(outcome.error)")
      }
      let status = try await farm("db", "status")
      #expect(status.status == 1)
      #expect(status.output.contains("use the newer program"), "\(status)")
    }
  }

  @Test func aServerThatRefusesOrIsAwayIsNamedWithoutSecrets() async throws {
    try await CommandFarm.with { farm in
      let host = farm.configuration.host
      for url in [
        "postgresql://stranger:geheim@/\(farm.configuration.database)?host=\(host)",
        "postgresql://stranger:geheim@localhost:1/emofarm",
      ] {
        let outcome = try await farm("list", environment: ["EMOFARM_DATABASE_URL": url])
        #expect(outcome.status == 1)
        #expect(outcome.error.hasPrefix("emofarm: "))
        #expect(!outcome.error.contains("geheim"), "\(outcome.error)")
      }
    }
  }

  @Test func aServerOffThisMachineMustBeVerified() async throws {
    try await TestFolder.with { home in
      let outcome = try await Program.emofarm.run(
        ["list"], environment: ["EMOFARM_HOME": home, "EMOFARM_DATABASE_URL": "postgresql://farm@db.example/emofarm"])
      #expect(outcome.status == 2)
      #expect(outcome.error.contains("sslmode=verify-full"), "\(outcome.error)")
    }
  }

  @Test func theEmbeddedServerIsNotStartedBesideAConfiguredOne() async throws {
    try await CommandFarm.with { farm in
      for verb in ["up", "down"] {
        let outcome = try await farm("db", verb)
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("a server is configured"), "\(outcome.error)")
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func theEmbeddedServerStartsOnDemandAndStops() async throws {
    try await TestFolder.with { home in
      func run(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.emofarm.run(arguments, environment: ["EMOFARM_HOME": home], folder: home)
      }
      #expect(try await run("db", "status").output.contains("not created yet"))
      let list = try await run("list")
      #expect(list.status == 0, "\(list)")
      #expect(try await run("db", "status").output.contains("embedded, running"))
      #expect(try await run("db", "up").output.hasPrefix("running: postgresql://"))
      #expect(try await run("db", "down").output == "stopped\n")
      #expect(try await run("db", "down").output == "the server was not running\n")
      #expect(try await run("db", "status").output.contains("embedded, stopped"))
    }
  }
}
