import Admin
import Farm
import Foundation

/// Snapshots of a batch, as the database would return them.
enum Samples {
  static let now = Date(timeIntervalSinceReferenceDate: 800_000_000)

  static func status(
    _ state: BatchState = .running, images: Int = 128, done: Int = 57, failedJobs: Int = 0, name: String = "first",
    key: String? = nil, labels: [String] = [], precisions: [String] = [], missing: [String] = [], able: Int = 1,
    cap: (most: Int, running: Int)? = nil
  ) throws -> BatchStatus {
    let finished = state.isFinished ? "\(now.timeIntervalSinceReferenceDate - 10)" : "null"
    return try decode(
      """
      {"id": 42, "key": \(key.map { "\"\($0)\"" } ?? "null"), "name": "\(name)", "model": "tiny", "seed": 1000,
       "priority": 0, "chunk": 8, "maxAttempts": 3, "state": "\(state.rawValue)", "images": \(images),
       "imagesDone": \(done),
       "jobs": {"total": 16, "ready": \(state.isFinished ? 0 : 7 - failedJobs), "running": \(state.isFinished ? 0 : 2),
                "done": \(state.isFinished ? 16 - failedJobs : 7), "failed": \(failedJobs), "cancelled": 0},
       "created": \(now.timeIntervalSinceReferenceDate - 200), "started": \(now.timeIntervalSinceReferenceDate - 190),
       "finished": \(finished), "user": "anna", "ableWorkers": \(able),
       "userCap": \(cap.map { "\($0.most)" } ?? "null"), "userRunning": \(cap.map { "\($0.running)" } ?? "null"), "labels": \(list(labels)),
       "precisions": \(list(precisions)), "labelsMissing": \(list(missing.filter(labels.contains))),
       "precisionsMissing": \(list(missing.filter(precisions.contains)))}
      """)
  }

  static func training(_ state: BatchState = .running) throws -> BatchStatus {
    try decode(
      """
      {"id": 43, "name": "stage 1", "seed": 5, "priority": 0, "chunk": 8, "maxAttempts": 3,
       "state": "\(state.rawValue)", "images": 0, "imagesDone": 0,
       "jobs": {"total": 1, "ready": 0, "running": 1, "done": 0, "failed": 0, "cancelled": 0},
       "created": \(now.timeIntervalSinceReferenceDate - 200), "started": \(now.timeIntervalSinceReferenceDate - 190),
       "training": {"stage": "encoder", "out": "demo/encoder", "step": 1240, "steps": 2000, "loss": 0.41234,
                    "stepsPerSecond": 6.1}, "user": "anna", "ableWorkers": 1, "labels": [], "precisions": [], "labelsMissing": [],
       "precisionsMissing": []}
      """)
  }

  static func emotions(failed: Int = 0) throws -> [EmotionProgress] {
    try decode(
      """
      [{"emotion": "amusement", "images": 64, "imagesDone": 50, "imagesFailed": \(failed)},
       {"emotion": null, "images": 64, "imagesDone": 7, "imagesFailed": 0}]
      """)
  }

  static func running() throws -> [RunningJob] {
    let time = now.timeIntervalSinceReferenceDate
    return try decode(
      """
      [{"job": 118, "batch": 42, "emotion": "amusement", "firstIndex": 48, "count": 8, "imagesDone": 2, "worker": 3,
        "host": "forge", "pid": 4711, "attempt": 2, "currentIndex": 50, "step": 12, "steps": 20,
        "leaseExpires": \(time + 90), "heartbeat": \(time - 1)},
       {"job": 119, "batch": 42, "emotion": null, "firstIndex": 64, "count": 1, "imagesDone": 0, "worker": 4,
        "attempt": 1, "leaseExpires": \(time - 5), "heartbeat": \(time - 130)}]
      """)
  }

  static func stopped() throws -> [StoppedJob] {
    try decode(
      """
      [{"job": 120, "emotion": "amusement", "firstIndex": 56, "count": 8, "imagesDone": 0, "attempt": 3,
        "errors": ["the worker was lost", "the model folder changed", "the model folder changed"]}]
      """)
  }

  static func snapshot(
    _ state: BatchState = .running, done: Int = 57, failed: Int = 0, rate: Double? = 0.5, name: String = "first"
  ) throws -> BatchSnapshot {
    BatchSnapshot(
      try status(state, done: done, failedJobs: failed > 0 ? 1 : 0, name: name),
      details: .init(
        emotions: try emotions(failed: failed), running: state == .running ? try running() : [],
        stopped: failed > 0 ? try stopped() : [], rate: rate))
  }

  private static func list(_ words: [String]) -> String {
    "[\(words.map { "\"\($0)\"" }.joined(separator: ", "))]"
  }

  private static func decode<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
  }
}
