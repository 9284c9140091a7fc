import Engine
package import Farm
import Files
import Foundation
import Logging
import Monitoring
import Postgres
import Specifications
import Vocabulary
import Worker

/// Measures what many workers ask of one server: real workers that render nothing, so that they claim, store, publish and
/// hand back as fast as the farm lets them. In a separate database that is dropped afterwards.
package struct WorkersBenchmark: Sendable {
  package struct Result: Codable, Sendable {
    package let workers: Int
    package let jobs: Int
    /// Images of a job.
    package let chunk: Int
    /// Open batches that the jobs belong to.
    package let batches: Int
    /// Sessions that the server had at the end of the run.
    package let sessions: Int
    /// From the first claim to the last end of a job.
    package let seconds: Double
    /// Milliseconds that a worker waited for a claim.
    package let claimP50: Double
    package let claimP99: Double
    /// Of all the server's processes; nil if the server runs on another machine.
    package let serverMillisecondsEachJob: Double?
    /// Of this process, which is all workers.
    package let workerMillisecondsEachJob: Double
    /// Of single requests; nil if the server runs on another machine.
    package let costs: FarmLoad.Costs?
    package let cores: Int

    package var jobsPerSecond: Double { Double(jobs) / seconds }
    package var imagesPerSecond: Double { jobsPerSecond * Double(chunk) }

    /// The simulation of this run, in which server and workers share the cores: what it says beside what was measured
    /// shows how far to believe it elsewhere.
    package func simulated() -> FarmLoad.Outcome? {
      guard let costs, let server = serverMillisecondsEachJob else { return nil }
      let factor = (server + workerMillisecondsEachJob) / 1000 / costs.job(images: chunk)
      return FarmLoad(costs: costs.scaled(by: factor), workers: workers, cores: cores, images: chunk, jobSeconds: 0)
        .run(seconds: 30, seed: 1)
    }

    /// What this many workers on machines of their own would ask of a server with the cores of this one.
    /// - Parameter jobSeconds: of rendering a job.
    package func load(workers: Int, jobSeconds: Double, images: Int) -> FarmLoad? {
      costs.map { FarmLoad(costs: $0, workers: workers, cores: cores, images: images, jobSeconds: jobSeconds) }
    }
  }

  private let settings: FarmSettings
  private let workers: Int
  private let jobs: Int
  private let chunk: Int
  private let batches: Int

  /// - Parameters:
  ///   - settings: Settings with the server's address.
  ///   - jobs: In total; a multiple of `batches`.
  ///   - chunk: Images of a job.
  package init(settings: FarmSettings, workers: Int, jobs: Int, chunk: Int, batches: Int) {
    self.settings = settings
    self.workers = workers
    self.jobs = jobs
    self.chunk = chunk
    self.batches = batches
  }

  package func run() async throws -> Result {
    try await BenchmarkDatabase.with(settings) { try await measure($0) }
  }

  private func measure(_ given: PostgresConfiguration) async throws -> Result {
    var configuration = given
    configuration.limits = .worker
    let observer = try await PostgresConnection.connect(given)
    let limit = try await observer.query("SELECT current_setting('max_connections')::integer AS n").only().int("n")
    // Beside its pool, a worker has a session for notifications; a few are the server's and this command's own.
    let poolSize = min(4, (limit - 10) / workers - 1)
    guard poolSize > 0 else {
      throw FarmError(
        .refused,
        "\(workers) workers need \(2 * workers + 10) sessions, and the server allows \(limit): raise its max_connections"
      )
    }
    let admin = FarmDatabase(pool: PostgresPool(given, size: 2))
    let model = try await enqueue(admin)
    let home = FileManager.default.temporaryDirectory.appending(path: "emofarm-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    let time = try await ServerTime(observer)
    let before = time?.seconds() ?? 0
    let workersBefore = Self.cpuSeconds()
    var claims: Histogram?
    var sessions = 0
    try await withThrowingTaskGroup(of: Histogram.self) { group in
      let compute = try Compute(threads: 1)
      for number in 0..<workers {
        group.addTask { [configuration] in
          try await work(number, home, compute, configuration, poolSize: poolSize)
        }
      }
      for try await part in group {
        // While the first one ends, the others still work or wait.
        if claims == nil {
          sessions = try await observer.query(
            "SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database()"
          ).only().int("n")
        }
        if claims == nil { claims = part } else { claims?.add(part) }
      }
    }
    let used = time.map { $0.seconds() - before }
    let workersUsed = Self.cpuSeconds() - workersBefore
    let row = try await observer.query(
      """
      SELECT count(*)::integer AS jobs, extract(epoch FROM max(ended_at) - min(started_at))::float8 AS seconds
      FROM attempts WHERE outcome = 'completed'
      """
    ).only()
    var costs: FarmLoad.Costs?
    if let time {
      costs = try await .measure(admin, model: model, time: time)
    }
    await observer.close()
    await admin.close()
    let done = try row.int("jobs")
    guard done == jobs, let claims else {
      throw FarmError(.badRow, "\(done) of \(jobs) jobs were completed: the benchmark measured something else")
    }
    return Result(
      workers: workers, jobs: jobs, chunk: chunk, batches: batches, sessions: sessions,
      seconds: try row.decode("seconds", as: Double.self), claimP50: (claims.quantile(0.5) ?? 0) * 1000,
      claimP99: (claims.quantile(0.99) ?? 0) * 1000, serverMillisecondsEachJob: used.map { $0 * 1000 / Double(jobs) },
      workerMillisecondsEachJob: workersUsed * 1000 / Double(jobs), costs: costs,
      cores: ProcessInfo.processInfo.activeProcessorCount)
  }

  /// CPU time of this process.
  private static func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private func enqueue(_ admin: FarmDatabase) async throws -> RegisteredModel {
    let settings = RenderSettings(width: 64, height: 64, steps: 1, sampler: .ddim, guidance: 1)
    let model = try await admin.models.register(
      ModelDescription(
        name: "benchmark", folder: "/nonexistent", digest: String(repeating: "0", count: 64), multiple: 8, files: [],
        defaults: settings))
    for batch in 0..<batches {
      let text = """
        {"name": "benchmark \(batch)", "chunk": \(chunk), "cells": [{"emotion": "awe", "count": \(jobs / batches * chunk)}]}
        """
      let plan = try BatchSpec(parsing: text, named: "benchmark").plan(defaults: settings, multiple: 8)
      _ = try await admin.batches.enqueue(plan, model: model)
    }
    return model
  }

  /// One worker with connections and a data folder of its own, over a store that all share.
  private func work(
    _ number: Int, _ home: String, _ compute: Compute, _ configuration: PostgresConfiguration, poolSize: Int
  ) async throws -> Histogram {
    let database = FarmDatabase(pool: PostgresPool(configuration, size: poolSize))
    var logger = Logger(label: "benchmark")
    logger.logLevel = .error
    let own = "\(home)/\(number)"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    let worker = try FarmWorker(
      WorkerOptions(
        name: "benchmark-\(number)", version: "0", home: own, lease: .seconds(120), modelCache: 1, minimumFreeBytes: 0,
        endsWhenEmpty: true, threads: 1),
      database: database, store: await database.openStore(.home(home), for: .writing), compute: compute, logger: logger,
      renderer: { NullRenderer($0) })
    try await worker.run()
    await database.close()
    return worker.meters.claims
  }
}
