import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing
import Worker

/// Workers whose server becomes unreachable.
extension DaemonTests {
  @Suite struct Outage {
    @Test(.timeLimit(.minutes(10))) func whenTheServerCrashesAndReturnsNoFinishedImageIsLost() async throws {
      try await TestFarm.withCluster { farm, cluster in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let daemon = try farm.daemon("worker", lease: 120)
        try await daemon.comes(to: gate)
        try await farm.publishes(9, of: batch, daemon)
        let before = try await farm.database.images.page(batch)
        try await cluster.stop(.immediate)
        gate.open()
        try await daemon.logs("PostgreSQL is unreachable")
        // The whole job is rendered meanwhile; its files wait for their rows.
        try await eventually("all images are finished without a server", within: .seconds(60)) {
          farm.files() == 24
        }
        try await cluster.start()
        try await daemon.logs("PostgreSQL is back")
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 24)
        // The lease outlived the outage, so one attempt rendered everything.
        let rows = try await farm.database.images.page(batch)
        #expect(rows.allSatisfy { $0.token == 1 })
        #expect(Array(rows.prefix(before.count)) == before)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aDrainWithoutAServerEndsAfterALeaseAndLosesNothing() async throws {
      try await TestFarm.withCluster { farm, cluster in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let daemon = try farm.daemon("worker", lease: 5)
        try await daemon.comes(to: gate)
        try await cluster.stop(.immediate)
        daemon.send(SIGTERM)
        try await daemon.logs("draining: finishing the current images")
        gate.open()
        #expect(try await daemon.end() == .exited(1))
        #expect(daemon.text.contains("PostgreSQL stayed away"))
        let files = farm.files()
        try await cluster.start()

        let next = try farm.daemon("next", lease: 8)
        #expect(try await farm.finishes(batch, daemon, next).state == .done)
        try await farm.isSound(batch, images: 24)
        // The next attempt rendered the images that the drain had finished to the same files.
        #expect(farm.files() == 24 && files <= 24)
        next.send(SIGTERM)
        #expect(try await next.end() == .exited(0))
      }
    }

    /// A server whose processes are stopped keeps its connections open and answers nothing.
    @Test(.timeLimit(.minutes(10))) func aStoppedServerDoesNotKeepAWorkerFromEnding() async throws {
      try await TestFarm.withCluster { farm, cluster in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let (idle, busy) = (try farm.daemon("idle", lease: 5), try farm.daemon("busy", lease: 5))
        try await busy.comes(to: gate, or: idle)
        let server = try await StoppedServer(cluster)
        defer { server.resume() }
        for daemon in [idle, busy] {
          daemon.send(SIGTERM)
          try await daemon.logs("draining: no more jobs")
        }
        gate.open()
        let begin = ContinuousClock.now
        for daemon in [idle, busy] { _ = try await daemon.end(within: .seconds(30)) }
        // A lease, and the time that a cancelled statement has to end.
        #expect(ContinuousClock.now - begin < .seconds(20))
        server.resume()

        let next = try farm.daemon("next", ["--once"], lease: 8)
        #expect(try await next.end(within: .seconds(90)) == .exited(0))
        #expect(try await farm.database.batches.status(batch).state == .done)
        try await farm.isSound(batch, images: 24)
      }
    }

    /// A standby or a server that was set to read-only refuses changes: the worker waits, and no attempt is charged.
    @Test(.timeLimit(.minutes(10))) func aReadOnlyServerIsWaitedOut() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let daemon = try farm.daemon("worker", lease: 60)
        try await daemon.comes(to: gate)
        try await farm.setReadOnly(true)
        gate.open()
        try await daemon.logs("it is a standby or read-only")
        try await farm.setReadOnly(false)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        #expect(try await farm.database.images.page(batch).allSatisfy { $0.token == 1 })
        try await farm.isSound(batch, images: 24)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    /// A schema that is taken away and a role without privileges are states of no job either.
    @Test(.timeLimit(.minutes(10))) func aTableThatIsTakenAwayEndsNoDaemon() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let daemon = try farm.daemon("worker", lease: 60)
        try await daemon.comes(to: gate)
        try await farm.run("ALTER TABLE images RENAME TO images_away")
        gate.open()
        try await daemon.logs("until an operator has changed it")
        try await farm.run("ALTER TABLE images_away RENAME TO images")
        #expect(try await farm.finishes(batch, daemon).state == .done)
        #expect(try await farm.database.images.page(batch).allSatisfy { $0.token == 1 })
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func cutConnectionsAreOpenedAgain() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 8)
        let gates = try [1, 9, 17].map { try farm.gate(.rendered(image: $0)) }
        let daemon = try farm.daemon("worker", ["--once"])
        for gate in gates {
          try await daemon.comes(to: gate)
          _ = try await farm.database.pool.withConnection { connection in
            try await connection.query(
              """
              SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()
              """)
          }
          gate.open()
        }
        #expect(try await daemon.end() == .exited(0))
        #expect(try await farm.database.batches.status(batch).state == .done)
        try await farm.isSound(batch, images: 24)
        #expect(try await farm.database.images.page(batch).allSatisfy { $0.token == 1 })
      }
    }
  }
}

/// A cluster's server whose processes are stopped until it is resumed.
private final class StoppedServer: Sendable {
  private let processes: [pid_t]

  init(_ cluster: EmbeddedCluster) async throws {
    guard case .running(let server) = await cluster.status() else { throw NotObserved(description: "no server runs") }
    let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
    let children = all.filter { process in
      let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      // `PID (NAME) STATE PARENT …`; a name may hold spaces and parentheses.
      let fields = text.drop { $0 != ")" }.split(separator: " ")
      return fields.count > 2 && fields[2] == "\(server)"
    }
    processes = [server] + children
    for process in processes { kill(process, SIGSTOP) }
  }

  func resume() {
    for process in processes { kill(process, SIGCONT) }
  }
}
