package import Farm
package import Vocabulary

extension BatchSnapshot {
  /// Reads what a detailed view shows.
  ///
  /// - Parameters:
  ///   - stopped: maximum number of quarantined jobs to read.
  ///   - recognise: counts what the batch's classifiers recognised, which reads an entry for each image; nil reads it now.
  package static func load(
    _ id: Int64, from batches: BatchStore, stopped: Int = 20,
    recognise: (@Sendable () async throws -> [Emotion: [Int]])? = nil
  ) async throws -> BatchSnapshot {
    let status = try await batches.status(id)
    let emotions = try await batches.emotions(id)
    let running = status.jobs.running > 0 ? try await batches.running(id) : []
    let failed = status.jobs.failed > 0 ? try await batches.stopped(id, limit: stopped) : []
    let waits = status.jobs.ready > 0 && status.state == .running ? try await batches.waits(id) : [:]
    var recognised: [Emotion: [Int]]?
    if status.classifiers != nil {
      if let recognise { recognised = try await recognise() } else { recognised = try await batches.recognised(id) }
    }
    let rejects = status.acceptance == nil ? nil : try await batches.rejects(id)
    return BatchSnapshot(
      status,
      details: Details(
        emotions: emotions, running: running, stopped: failed, rate: try await rate(status, from: batches),
        waits: waits,
        recognised: recognised, rejects: rejects))
  }

  /// The rate over the shortest period with finished images: a minute for small images, hours for large ones.
  private static func rate(_ status: BatchStatus, from batches: BatchStore) async throws -> Double? {
    guard !status.isFinished, status.imagesDone > 0 else { return nil }
    var windows = [Duration.seconds(60), .seconds(900)]
    // A batch of many images that published none for a quarter of an hour stands still; counting hours of them is no
    // small matter.
    if status.imagesDone < 20_000 { windows.append(.seconds(4 * 3600)) }
    for window in windows {
      if let rate = try await batches.rate(status.id, window: window), rate > 0 { return rate }
    }
    return nil
  }
}
