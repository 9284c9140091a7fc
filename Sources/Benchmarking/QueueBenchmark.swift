package import Farm
import Postgres
import Specifications
import Vocabulary

/// Measures the queue at the size of real datasets, in a separate database that is dropped afterwards.
package struct QueueBenchmark: Sendable {
  /// Latencies of one claim statement, in milliseconds.
  package struct Claims: Codable, Sendable {
    package let claimers: Int
    package let claims: Int
    /// Whether another session held an old snapshot open, which keeps dead rows alive.
    package let pinned: Bool
    package let p50: Double
    package let p99: Double
    package let perSecond: Double
  }

  package struct Result: Codable, Sendable {
    package let images: Int
    package let jobs: Int
    package let batches: Int
    /// Seconds to enqueue each batch.
    package let enqueueSeconds: [Double]
    /// Seconds for the status of one batch while all batches exist.
    package let statusSeconds: Double
    /// Seconds for the list of all batches.
    package let listSeconds: Double
    package let claims: [Claims]
  }

  private static let lease = Duration.seconds(600)

  private let settings: FarmSettings
  private let images: Int
  private let batches: Int

  /// - Parameters:
  ///   - settings: Settings with the server's address.
  ///   - images: The number of images of each batch.
  package init(settings: FarmSettings, images: Int, batches: Int) {
    self.settings = settings
    self.images = images
    self.batches = batches
  }

  package func run() async throws -> Result {
    try await BenchmarkDatabase.with(settings) { try await measure($0) }
  }

  private func measure(_ configuration: PostgresConfiguration) async throws -> Result {
    let pool = PostgresPool(configuration, size: 33)
    let farm = FarmDatabase(pool: pool)
    let model = try await farm.models.register(
      ModelDescription(
        name: "benchmark", folder: "/nonexistent", digest: String(repeating: "0", count: 64), multiple: 8, files: [],
        defaults: .official))
    let text = """
      {"name": "benchmark", "cells": [{"emotions": "all", "count": \(images / 8)}]}
      """
    let plan = try BatchSpec(parsing: text, named: "benchmark").plan(defaults: .official, multiple: 8)
    var seconds: [Double] = []
    var last: Int64 = 0
    for _ in 0..<batches {
      let start = ContinuousClock.now
      last = try await farm.batches.enqueue(plan, model: model).id
      seconds.append(start.duration(to: .now).seconds)
    }
    let status = try await Self.timed { _ = try await farm.batches.status(last) }
    let list = try await Self.timed { _ = try await farm.batches.list() }
    var claims: [Claims] = []
    for (claimers, pinned) in [(1, false), (8, false), (32, false), (8, true)] {
      claims.append(try await claim(farm, claimers: claimers, pinned: pinned, configuration))
    }
    await pool.close()
    return Result(
      images: plan.images, jobs: plan.jobs, batches: batches, enqueueSeconds: seconds, statusSeconds: status,
      listSeconds: list, claims: claims)
  }

  /// Claims 2,000 jobs in total from several connections at once.
  private func claim(
    _ farm: FarmDatabase, claimers: Int, pinned: Bool, _ configuration: PostgresConfiguration
  ) async throws -> Claims {
    var holder: PostgresConnection?
    if pinned {
      let connection = try await PostgresConnection.connect(configuration)
      try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
      try await connection.query("SELECT count(*) FROM batches")
      holder = connection
    }
    let each = 2000 / claimers
    let start = ContinuousClock.now
    let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
      for claimer in 0..<claimers {
        group.addTask {
          let worker = try await farm.workers.register(
            host: "benchmark", pid: claimer + 1, engine: "benchmark", version: "0", threads: 1)
          var latencies: [Double] = []
          for _ in 0..<each {
            latencies.append(
              try await Self.timed { _ = try await farm.jobs.claim(worker: worker, lease: Self.lease) } * 1000)
          }
          return latencies
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }.sorted()
    }
    let elapsed = start.duration(to: .now).seconds
    await holder?.close()
    return Claims(
      claimers: claimers, claims: latencies.count, pinned: pinned, p50: latencies[latencies.count / 2],
      p99: latencies[latencies.count * 99 / 100], perSecond: Double(latencies.count) / elapsed)
  }

  private static func timed(_ work: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await work()
    return start.duration(to: .now).seconds
  }
}
