import Files
import Foundation
import FoundationNetworking
import TestSupport
import Testing

extension DaemonTests {
  /// A worker that serves its metrics, scraped while it renders.
  @Suite struct WorkerMetricsTests {
    private static func get(_ url: String) async throws -> (status: Int, text: String) {
      let (data, response) = try await URLSession.shared.data(from: #require(URL(string: url)))
      return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
    }

    @Test(.timeLimit(.minutes(10))) func aWorkerCountsWhatItDoes() async throws {
      try await TestFarm.with { farm in
        let daemon = try farm.daemon("first", ["--metrics", "127.0.0.1:0"])
        try await daemon.logs("serving metrics")
        let address = try #require(daemon.text.firstMatch(of: #/http://(127\.0\.0\.1:\d+)/metrics/#)).1
        try await eventually("the worker is ready") { try await Self.get("http://\(address)/readyz").status == 200 }
        #expect(try await Self.get("http://\(address)/healthz") == (200, "ok\n"))
        #expect(try await Self.get("http://\(address)/elsewhere").status == 404)
        let batch = try await farm.enqueue(6, chunk: 3)
        _ = try await farm.finishes(batch, daemon)
        try await eventually("both jobs are counted") {
          try await Self.get("http://\(address)/metrics").text
            .contains("emofarm_job_duration_seconds_count{outcome=\"completed\"} 2\n")
        }
        let text = try await Self.get("http://\(address)/metrics").text
        #expect(text.contains("emofarm_images_total{emotion=\"awe\",outcome=\"published\"} 6\n"), "\(text)")
        #expect(text.contains("emofarm_image_duration_seconds_count 6\n"))
        #expect(text.contains("emofarm_lease_lost_total 0\n"))
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func anAddressThatIsTakenIsSaid() async throws {
      try await TestFarm.with { farm in
        let first = try farm.daemon("first", ["--metrics", "127.0.0.1:0"])
        try await first.logs("serving metrics")
        let port = try #require(first.text.firstMatch(of: #/http://127\.0\.0\.1:(\d+)/metrics/#)).1
        let second = try farm.daemon("second", ["--metrics", String(port)])
        #expect(try await second.end() == .exited(1))
        #expect(second.text.contains("cannot listen on 127.0.0.1:\(port)"), "\(second.text)")
        first.send(SIGTERM)
        #expect(try await first.end() == .exited(0))
      }
    }
  }
}
