package import Farm
import Files
import Postgres
import Specifications
import Vocabulary

/// The steps of the queue's comparison with other queues, in a separate database: see `Benchmarks/peers/queues.py`,
/// whose steps have the same names and do the same.
package actor QueueSteps {
  /// The answer to a step; values that the step does not measure are left out.
  package struct Answer: Codable, Sendable {
    var p50: Double?
    var p99: Double?
    var perSecond: Double?
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// A worker that is alone in its process: it shares no connection and no memory with others.
  private struct Member: Sendable {
    let farm: FarmDatabase
    let worker: WorkerKey
  }

  private static let lease = Duration.seconds(600)
  private static let digest = String(repeating: "0", count: 64)

  private let configuration: PostgresConfiguration
  private let control: FarmDatabase
  private let model: RegisteredModel
  private let members: [Member]
  private var holder: PostgresConnection?
  /// The priority of the batches of the next step, so that they are served first.
  private var priority = 0

  private init(_ configuration: PostgresConfiguration, members count: Int) async throws {
    self.configuration = configuration
    control = FarmDatabase(pool: PostgresPool(configuration, size: 2))
    model = try await control.models.register(
      ModelDescription(
        name: "benchmark", folder: "/nonexistent", digest: Self.digest, multiple: 8, files: [], defaults: .official))
    var members: [Member] = []
    for number in 1...count {
      let farm = FarmDatabase(pool: PostgresPool(configuration, size: 1))
      let worker = try await farm.workers.register(
        host: "benchmark", pid: number, engine: "benchmark", version: "0", threads: 1)
      members.append(Member(farm: farm, worker: worker))
    }
    self.members = members
  }

  /// Calls `body` with steps on a new database, which is dropped afterwards.
  package static func with(
    _ settings: FarmSettings, members: Int = 32, _ body: (QueueSteps) async throws -> Void
  ) async throws {
    try await BenchmarkDatabase.with(settings) { configuration in
      let steps = try await QueueSteps(configuration, members: members)
      try await body(steps)
      await steps.close()
    }
  }

  private func close() async {
    await holder?.close()
    for member in members { await member.farm.close() }
    await control.close()
  }

  /// Runs one step, such as `claim 8 2000 20`.
  package func run(_ line: String) async throws -> Answer {
    let words = line.split(separator: " ")
    let numbers = words.dropFirst().compactMap { Int($0) }
    guard let name = words.first, numbers.count == words.count - 1, numbers.allSatisfy({ $0 > 0 }) else {
      throw Failure(description: "'\(line)' is no step: write a name and numbers from 1")
    }
    switch (name, numbers.count) {
    case ("fill", 1): try await fill(jobs: numbers[0])
    case ("claim", 3):
      return try await Self.claim(Array(members.prefix(numbers[0])), numbers[1], .seconds(numbers[2]))
    case ("pin", 0):
      holder = try await PostgresConnection.connect(configuration)
      try await holder?.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
      try await holder?.query("SELECT count(*) FROM pg_class")
    case ("unpin", 0):
      await holder?.close()
      holder = nil
    case ("history", 1): try await history(jobs: numbers[0])
    case ("vacuum", 0): try await vacuum()
    case ("batches", 1):
      priority += 1
      for _ in 0..<numbers[0] { try await enqueue(images: 8) }
      try await vacuum()
    case ("work", 4):
      let workers = Array(members.prefix(numbers[0]))
      priority += 1
      for _ in 0..<numbers[1] { try await enqueue(images: numbers[2] / numbers[1] + 8 * workers.count) }
      try await vacuum()
      return try await Self.work(workers, numbers[2], .seconds(numbers[3]))
    default: throw Failure(description: "'\(line)' is no step: see Benchmarks/peers/queues.py")
    }
    return Answer()
  }

  /// A batch of jobs of one image each, which are served before those of earlier steps.
  private func enqueue(images: Int) async throws {
    let text = """
      {"name": "benchmark", "priority": \(priority), "chunk": 1, "cells": [{"emotions": "all", "count": \((images + 7) / 8)}]}
      """
    let plan = try BatchSpec(parsing: text, named: "benchmark").plan(defaults: .official, multiple: 8)
    _ = try await control.batches.enqueue(plan, model: model)
  }

  private func fill(jobs: Int) async throws {
    try await enqueue(images: jobs)
    try await vacuum()
  }

  private func vacuum() async throws {
    try await control.pool.withConnection { connection in
      try await connection.query("SET statement_timeout = 0")
      try await connection.query("VACUUM ANALYZE")
    }
  }

  private static func claim(_ members: [Member], _ count: Int, _ time: Duration) async throws -> Answer {
    let start = ContinuousClock.now
    let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
      for member in members {
        group.addTask {
          var latencies: [Double] = []
          for _ in 0..<max(1, count / members.count) {
            let begin = ContinuousClock.now
            guard begin - start < time else { break }
            guard try await !member.farm.jobs.claim(worker: member.worker, lease: Self.lease).isEmpty else {
              throw Failure(description: "no job is left to claim")
            }
            latencies.append((ContinuousClock.now - begin).seconds * 1000)
          }
          return latencies
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }.sorted()
    }
    guard !latencies.isEmpty else { throw Failure(description: "no claim was measured") }
    return Answer(
      p50: latencies[latencies.count / 2], p99: latencies[latencies.count * 99 / 100],
      perSecond: Double(latencies.count) / (ContinuousClock.now - start).seconds)
  }

  /// Jobs pass through the states of their life in bulk: what remains are the dead rows and index entries.
  private func history(jobs: Int) async throws {
    try await control.pool.withConnection { connection in
      try await connection.query("SET statement_timeout = 0")
      try await connection.query(
        """
        UPDATE jobs SET state = 'running', token = 1, attempt = 1, worker_id = 1,
          lease_expires_at = now() + interval '1 hour'
        WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' ORDER BY batch_id, run_at, id LIMIT \(jobs))
        """)
      try await connection.query(
        """
        UPDATE jobs SET state = 'done', worker_id = NULL, lease_expires_at = NULL, images_done = count,
          images_counted = count
        WHERE state = 'running' AND claim = 0
        """)
    }
  }

  /// Claims, publishes and completes jobs of one image.
  private static func work(_ members: [Member], _ count: Int, _ time: Duration) async throws -> Answer {
    let start = ContinuousClock.now
    let done = try await withThrowingTaskGroup(of: Int.self) { group in
      for member in members {
        group.addTask {
          var done = 0
          while done < count / members.count, ContinuousClock.now - start < time {
            guard
              case .images(let job)? = try await member.farm.jobs.claim(worker: member.worker, lease: Self.lease).first
            else { throw Failure(description: "no job is left to claim") }
            for index in job.missing {
              let digest = Hex.encode(Self.bytes(of: job.handle.batch) + Self.bytes(of: Int64(index)))
              _ = try await member.farm.jobs.publish(
                job.handle,
                NewImage(
                  index: index, seed: job.seed(of: index), specSHA256: job.specSHA256, modelDigest: Self.digest,
                  sha256: digest, rgbSHA256: digest, bytes: 1, actualSteps: 1, engine: "benchmark", seconds: 0),
                lease: Self.lease)
            }
            _ = try await member.farm.jobs.complete(job.handle)
            done += 1
          }
          return done
        }
      }
      return try await group.reduce(0, +)
    }
    return Answer(perSecond: Double(done) / (ContinuousClock.now - start).seconds)
  }

  /// Half of a digest.
  private static func bytes(of number: Int64) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { [UInt8](repeating: 0, count: 8) + $0 }
  }
}
