import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// Output for service managers and log collectors.
extension DaemonTests {
  @Suite struct Managed {
    @Test(.timeLimit(.minutes(10))) func systemdIsToldWhatTheDaemonDoes() async throws {
      try await TestFarm.with { farm in
        let manager = try NotifySocket(path: "\(farm.home)/notify")
        async let messages = manager.untilItStops()
        let batch = try await farm.enqueue(8, chunk: 8)
        let daemon = try farm.daemon("worker", environment: ["NOTIFY_SOCKET": manager.path])
        #expect(try await farm.finishes(batch, daemon).state == .done)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
        let lines = await messages.flatMap { $0.split(separator: "\n").map(String.init) }
        #expect(lines.contains("READY=1"))
        #expect(lines.contains("WATCHDOG=1"))
        #expect(lines.contains("STATUS=rendering job 1 of batch \(batch)"))
        #expect(lines.contains { $0.hasPrefix("EXTEND_TIMEOUT_USEC=") })
        let ready = try #require(lines.firstIndex(of: "READY=1"))
        let stopping = try #require(lines.firstIndex(of: "STOPPING=1"))
        #expect(ready < stopping)
      }
    }

    @Test(.timeLimit(.minutes(10))) func aWorkerThatWasMarkedLostRegistersAgain() async throws {
      try await TestFarm.with { farm in
        let daemon = try farm.daemon("worker")
        try await daemon.logs("worker registered")
        _ = try await farm.database.pool.withConnection {
          try await $0.query("UPDATE workers SET state = 'lost', ended_at = now()")
        }
        try await farm.database.notify(.work, "")
        try await eventually("the worker is registered again") {
          try await farm.database.workers.list().map(\.host) == ["worker"]
        }
        let batch = try await farm.enqueue(2, chunk: 2)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 2)
      }
    }

    @Test(.timeLimit(.minutes(10))) func logLinesAreJSONWhereThatIsAskedFor() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(2, chunk: 2)
        let daemon = try farm.daemon("worker", ["--once", "--log-format", "json"])
        #expect(try await daemon.end() == .exited(0))
        let lines = try daemon.text.split(separator: "\n").map {
          try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
        }
        #expect(
          lines.map { $0["message"] ?? "" } == [
            "worker registered", "job claimed", "job complete", "worker left",
          ])
        #expect(lines[1]["batch"] == "\(batch)")
        #expect(lines[2]["batch_state"] == "done")
      }
    }
  }
}
