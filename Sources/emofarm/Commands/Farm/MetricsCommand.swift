import Admin
import ArgumentParser
import Farm
import Files
import Foundation
import Monitoring
import Vocabulary
import Web

struct MetricsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print the farm's metrics in Prometheus' text format, or serve them.",
    discussion: """
      Jobs, batches, images and workers by state, how long the oldest job waits, and the database's health: old \
      snapshots, idle transactions, dead rows. What single workers count, such as rendering times, their own \
      processes serve: emofarmd --metrics.

      With --listen, /metrics is for Prometheus, /healthz says that the process runs and /readyz that the database \
      answers. One process per farm is enough. deploy/prometheus has alert rules, deploy/grafana a board.

      Examples:
        emofarm metrics | grep emofarm_jobs
        emofarm metrics --listen 127.0.0.1:9464
      """)

  @Option(
    help: ArgumentHelp(
      "Serve at this address instead of printing: HOST:PORT, or PORT for this machine only.", valueName: "address"))
  var listen: String?

  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    do {
      _ = try listen.map { try ListenAddress($0) }
    } catch {
      throw ValidationError("--listen: \(error)")
    }
  }

  func run() async throws {
    let address = try listen.map { try ListenAddress($0) }
    try await global.withFarm { farm in
      let database = farm.database
      guard let address else {
        let families = FarmMetrics.families(try await database.measures(), version: Program.version)
        return try Console.print(PrometheusText.text(families).dropLast().description)
      }
      let interrupt = Interrupt { Foundation.exit(0) }
      defer { withExtendedLifetime(interrupt) {} }
      try await MonitoringServer(
        address,
        .init(
          metrics: {
            FarmMetrics.families(try await database.measures(), version: Program.version) + ProcessMetrics.families()
          },
          fault: { nil },
          hindrance: {
            do {
              _ = try await database.measures()
              return nil
            } catch {
              return "\(error)"
            }
          }), logger: GlobalOptions.logger,
        onListening: { Console.say("serving http://\($0)/metrics") }
      ).run()
    }
  }
}
