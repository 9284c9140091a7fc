import Foundation
import TestSupport
import Testing

/// `emofarm metrics`, read by Prometheus itself.
@Suite struct MetricsCommandTests {
  private static let promtool = Program(name: "/usr/bin/promtool")
  private static let deployed = SourceTree.root.appending(path: "deploy/prometheus").path

  @Test func theTextIsWhatPrometheusExpects() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "3", "--steps", "1").status == 0)
      let printed = try await farm("metrics")
      #expect(printed.status == 0 && printed.error == "", "\(printed)")
      #expect(printed.output.contains("\nemofarm_jobs{state=\"ready\"} 1\n"), "\(printed.output)")
      let checked = try await Self.promtool.run(["check", "metrics"], input: printed.output)
      #expect(checked.status == 0 && checked.error == "", "\(checked)")
    }
  }

  @Test func rulesAndConfigurationAreValidAndNameMetricsThatExist() async throws {
    let checked = try await Self.promtool.run(["check", "config", "prometheus.yml"], folder: Self.deployed)
    #expect(checked.status == 0, "\(checked)")
    let sources = try FileManager.default.subpathsOfDirectory(atPath: SourceTree.root.appending(path: "Sources").path)
      .filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOf: SourceTree.root.appending(path: "Sources/\($0)"), encoding: .utf8) }.joined()
    for file in ["prometheus/alerts.yml", "grafana/farm.json"] {
      let text = try String(contentsOf: SourceTree.root.appending(path: "deploy/\(file)"), encoding: .utf8)
      _ = try file.hasSuffix(".json") ? JSONSerialization.jsonObject(with: Data(text.utf8)) : nil
      let names = text.matches(of: #/emofarm_[a-z_]+/#).map { name in
        ["_bucket", "_count", "_sum"].first { name.0.hasSuffix($0) }.map { String(name.0.dropLast($0.count)) }
          ?? String(name.0)
      }
      #expect(!names.isEmpty)
      for name in Set(names) { #expect(sources.contains("\"\(name)\""), "\(file) names \(name)") }
    }
  }

  @Test(.timeLimit(.minutes(10))) func prometheusScrapesTheFarm() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "3", "--steps", "1").status == 0)
      let said = "\(farm.home)/said"
      let server = try BackgroundProgram(
        Program.emofarm, ["metrics", "--listen", "127.0.0.1:0"], environment: farm.environment, log: said)
      defer { server.kill() }
      let port = try await eventually("the address is said") {
        server.text.firstMatch(of: #/serving http://127\.0\.0\.1:(\d+)/metrics/#).map { String($0.1) }
      }
      let folder = "\(farm.home)/prometheus"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try """
      global: {scrape_interval: 1s, scrape_timeout: 1s}
      rule_files: [\(Self.deployed)/alerts.yml]
      scrape_configs: [{job_name: emofarm, static_configs: [{targets: ["127.0.0.1:\(port)"]}]}]
      """.write(toFile: "\(folder)/prometheus.yml", atomically: true, encoding: .utf8)
      let own = try FreePort.find()
      let prometheus = try BackgroundProgram(
        Program(name: "/usr/bin/prometheus"),
        [
          "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/data",
          "--web.listen-address=127.0.0.1:\(own)", "--log.level=warn",
        ], environment: [:], log: "\(folder)/log")
      defer { prometheus.kill() }
      func value(_ query: String) async -> String? {
        let answer = try? await Program(name: "/usr/bin/promtool").run(
          ["query", "instant", "-o", "json", "http://127.0.0.1:\(own)", query])
        guard let answer, answer.status == 0,
          let samples = try? JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [[String: Any]]
        else { return nil }
        return (samples.first?["value"] as? [Any])?.last as? String
      }
      try await eventually("Prometheus has the jobs") { await value("emofarm_jobs{state=\"ready\"}") == "1" }
      #expect(await value("up{job=\"emofarm\"}") == "1")
      #expect(await value("count(emofarm_batches)") == "7")
    }
  }
}
