import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// Operators pause, resume and drain workers from afar.
@Suite struct DirectingTests {
  @Test func aPausedWorkerIsGivenNoJobFromThatMoment() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      let batch = try await farm.enqueue(count: 8)
      let held = try await farm.claimOne()
      let told = try await workers.direct(.pause, .workers([farm.worker.id]))
      #expect(told.map(\.request?.kind) == [.pause])
      #expect(told.first?.request?.by == farm.database.configuration.user)
      #expect(abs(told.first?.request?.at.timeIntervalSinceNow ?? 99) < 60)
      #expect(try await farm.claim().isEmpty)
      #expect(try await farm.claim(farm.register()).count == 1)
      // It keeps its registration and finishes what it holds.
      #expect(try await workers.heartbeat(farm.worker)?.request?.kind == .pause)
      #expect(try await farm.finish(held) == .settled(job: .done, batch: .running))
      #expect(try await farm.jobs.held(worker: farm.worker).isEmpty)

      #expect(try await workers.direct(.resume, .workers([farm.worker.id])).map(\.request) == [nil])
      #expect(try await workers.orders(farm.worker)?.request == nil)
      #expect(try await farm.claimOne().handle.batch == batch)
      let events = try await farm.database.events.recent().filter { $0.worker == farm.worker.id }
      #expect(events.map(\.kind) == ["worker.registered", "worker.paused", "worker.resumed"])
      #expect(events.dropFirst().allSatisfy { $0.detail["by"] == farm.database.configuration.user })
    }
  }

  @Test func unknownAndEndedWorkersAreOneErrorAndNothingChanges() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      let ended = try await farm.register()
      try await workers.leave(ended)
      for (ids, message) in [
        ([farm.worker.id, 4711], "there is no worker 4711"), ([farm.worker.id, ended.id], "has ended: it is gone"),
      ] {
        for direction in WorkerDirection.allCases {
          await #expect { try await workers.direct(direction, .workers(ids)) } throws: {
            "\($0)".contains(message) || direction == .resume && "\($0)".contains("neither paused nor suspended")
          }
        }
      }
      #expect(try await workers.orders(farm.worker)?.request == nil)
      await #expect { try await workers.direct(.drain, .host("nowhere")) } throws: {
        "\($0)".contains("no worker is alive on the host 'nowhere'")
      }
      try await workers.leave(farm.worker)
      await #expect { try await workers.direct(.drain, .all) } throws: { "\($0)".contains("no worker is alive") }
    }
  }

  @Test func aHostsWorkersAndAllAreDirectedTogether() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      func register(_ host: String) async throws -> Int64 {
        try await workers.register(host: host, pid: 1, engine: FarmFixture.engine, version: "0", threads: 1).id
      }
      let (first, second, other) = (
        try await register("forge"), try await register("forge"), try await register("anvil")
      )
      #expect(try await workers.direct(.pause, .host("forge")).map(\.id) == [first, second])
      _ = try await workers.direct(.drain, .workers([second]))
      // A draining one cannot go on; the others can.
      #expect(try await workers.direct(.resume, .host("forge")).map(\.id) == [first])
      #expect(try await workers.direct(.resume, .host("forge")).isEmpty)
      #expect(try await workers.direct(.drain, .all).map(\.id) == [farm.worker.id, first, second, other])
      #expect(try await workers.list().allSatisfy { $0.request?.kind == .drain })
    }
  }

  /// What was asked of a process is not asked of the next one on the same host.
  @Test func aRequestEndsWithTheProcess() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      _ = try await workers.direct(.pause, .workers([farm.worker.id]))
      let request = try #require(try await workers.orders(farm.worker)?.request)
      let restarted = try await farm.register()
      #expect(try await workers.orders(restarted)?.request == nil)
      // The same process, which the farm had considered lost, takes its request along.
      let again = try await workers.register(
        host: "test", pid: 1, engine: FarmFixture.engine, version: "0", threads: 1, request: request)
      let kept = try #require(try await workers.orders(again)?.request)
      #expect(kept.kind == .pause && kept.by == request.by && abs(kept.at.timeIntervalSince(request.at)) < 0.001)
    }
  }
}
