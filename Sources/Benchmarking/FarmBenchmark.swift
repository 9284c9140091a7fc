package import EmoGen
import Engine
package import Farm
import Files
import Foundation
import Logging
import Postgres
import Specifications
import Vocabulary
import Worker

/// Measures one worker on a batch, end to end: claim, render, PNG, fsync, publish, complete.
package struct FarmBenchmark: Sendable {
  package struct Result: Codable, Sendable {
    package let images: Int
    /// Images of a job.
    package let chunk: Int
    /// The worker's images per second, from the last image of the first job to the last image of the batch.
    package let farmed: Double
    /// Images per second of the same renders in the same process without queue, files and database.
    package let rendered: Double

    /// The share of the worker's time that is not rendering.
    package var overhead: Double { 1 - farmed / rendered }
  }

  private let settings: FarmSettings
  private let model: ModelFolder
  private let images: Int
  private let chunk: Int

  /// - Parameters:
  ///   - settings: Settings with the server's address.
  ///   - chunk: Images of a job.
  package init(settings: FarmSettings, model: ModelFolder, images: Int, chunk: Int) {
    self.settings = settings
    self.model = model
    self.images = images
    self.chunk = chunk
  }

  package func run() async throws -> Result {
    let threads = settings.threads > 0 ? settings.threads : ProcessInfo.processInfo.activeProcessorCount
    let compute = try Compute(threads: threads, savesMemory: settings.savesMemory)
    let rendered = try await BlockingExecutor.run { try render(on: compute) }
    let farmed = try await BenchmarkDatabase.with(settings) { try await farm(compute, $0) }
    return Result(images: images, chunk: chunk, farmed: farmed, rendered: rendered)
  }

  private func render(on compute: Compute) throws -> Double {
    let pipeline = try EmoGenPipeline.load(model, on: compute)
    func job(_ first: Int) throws {
      let seeds = (first..<first + chunk).map { UInt64($0) }
      try pipeline.render(
        RenderRequest(subject: .emotion(EmotionSpec(.awe), prompt: ""), settings: try model.defaults, seeds: seeds),
        onProgress: { _ in }, onImage: { _ in })
    }
    try job(0)
    let start = ContinuousClock.now
    for first in stride(from: chunk, to: images, by: chunk) { try job(first) }
    return Double(images - chunk) / start.duration(to: .now).seconds
  }

  private func farm(_ compute: Compute, _ configuration: PostgresConfiguration) async throws -> Double {
    let home = FileManager.default.temporaryDirectory.appending(path: "emofarm-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    let pool = PostgresPool(configuration, size: 4)
    let database = FarmDatabase(pool: pool)
    let registered = try await database.models.register(model.describe().named("benchmark"))
    let text = """
      {"name": "benchmark", "chunk": \(chunk), "cells": [{"emotion": "awe", "count": \(images)}]}
      """
    let plan = try BatchSpec(parsing: text, named: "benchmark").plan(
      defaults: try model.defaults, multiple: model.multiple)
    let batch = try await database.batches.enqueue(plan, model: registered).id
    var logger = Logger(label: "benchmark")
    logger.logLevel = .error
    try await FarmWorker(
      WorkerOptions(
        name: "benchmark", version: "0", home: home, lease: settings.lease, modelCache: 1, minimumFreeBytes: 0,
        endsWhenEmpty: true, threads: compute.threads),
      database: database, store: await database.openStore(.home(home), for: .writing), compute: compute, logger: logger
    ).run()
    let seconds = try await pool.withConnection { connection in
      try await connection.query(
        """
        SELECT extract(epoch FROM max(created_at) - max(created_at) FILTER (WHERE idx < \(chunk)))::float8 AS seconds
        FROM images WHERE batch_id = \(batch)
        """
      ).only().decode("seconds", as: Double.self)
    }
    await pool.close()
    return Double(images - chunk) / seconds
  }
}
