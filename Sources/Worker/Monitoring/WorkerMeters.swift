package import Monitoring
import Synchronization
import Vocabulary

/// What a worker counts while its process runs, as Prometheus scrapes it.
package final class WorkerMeters: Sendable {
  /// How a job ended for this worker.
  package enum Ending: String, CaseIterable, Sendable {
    case completed, released, failed
    /// The host is at fault: the job goes elsewhere, and the worker suspends itself.
    case refused
    /// Another worker held the job when this one wanted to write.
    case lost
  }

  /// What became of an image that this worker rendered.
  package enum ImageOutcome: String, CaseIterable, Sendable {
    case published
    /// Its batch did not accept it.
    case rejected
    /// The queue refused it, because another worker held the job.
    case refused
  }

  private struct Counts {
    var images: [ImageKey: Int] = [:]
    var imageSeconds = Histogram(bounds: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000])
    var jobs: [Ending: Histogram] = Dictionary(
      uniqueKeysWithValues: Ending.allCases.map {
        ($0, Histogram(bounds: [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]))
      })
    var claimSeconds = Histogram(bounds: [
      0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10,
    ])
    var leasesLost = 0
    var blocks = 0
  }

  private struct ImageKey: Hashable {
    let emotion: String
    let outcome: ImageOutcome
  }

  private let counts = Mutex(Counts())
  private let version: String
  private let engine: String

  package init(version: String, engine: String) {
    self.version = version
    self.engine = engine
  }

  func imageEnded(_ outcome: ImageOutcome, of subject: Subject, seconds: Double) {
    let emotion = subject.emotion?.dominant.rawValue ?? "none"
    counts.withLock {
      $0.images[ImageKey(emotion: emotion, outcome: outcome), default: 0] += 1
      if outcome == .published { $0.imageSeconds.observe(seconds) }
    }
  }

  func jobEnded(_ closing: JobClosing, after duration: Duration) {
    let ending: Ending =
      switch closing {
      case .complete: .completed
      case .release: .released
      case .refuse: .refused
      case .fail: .failed
      case .drop: .lost
      }
    counts.withLock { $0.jobs[ending]?.observe(duration / .seconds(1)) }
  }

  /// The queue handed out a job.
  func jobClaimed(after duration: Duration) { counts.withLock { $0.claimSeconds.observe(duration / .seconds(1)) } }

  /// How long claims took that found a job.
  package var claims: Histogram { counts.withLock { $0.claimSeconds } }

  func leaseLost() { counts.withLock { $0.leasesLost += 1 } }

  /// A denoising step, a training step or another block of work is done.
  func blockFinished() { counts.withLock { $0.blocks += 1 } }

  package func families() -> [MetricFamily] {
    let counts = counts.withLock { $0 }
    return [
      .build(version: version, engine: engine),
      MetricFamily(
        "emofarm_images_total", "Images that this worker rendered, by dominant emotion and by what became of them.",
        .counter,
        counts.images.sorted { ($0.key.emotion, $0.key.outcome.rawValue) < ($1.key.emotion, $1.key.outcome.rawValue) }
          .map { .init(Double($1), [.init("emotion", $0.emotion), .init("outcome", $0.outcome.rawValue)]) }),
      MetricFamily(
        "emofarm_image_duration_seconds", "Rendering time of published images.", .histogram,
        counts.imageSeconds.samples()),
      MetricFamily(
        "emofarm_job_duration_seconds", "Time from a job's claim to its hand-back.", .histogram,
        Ending.allCases.flatMap { counts.jobs[$0]?.samples([.init("outcome", $0.rawValue)]) ?? [] }),
      MetricFamily(
        "emofarm_claim_duration_seconds", "Time that the database took to hand out a job.", .histogram,
        counts.claimSeconds.samples()),
      MetricFamily(
        "emofarm_lease_lost_total", "Jobs that this worker dropped because another worker held them.", .counter,
        [.init(Double(counts.leasesLost))]),
      MetricFamily(
        "emofarm_blocks_total", "Blocks of work done: denoising steps, training steps, decoded passes.", .counter,
        [.init(Double(counts.blocks))]),
    ] + ProcessMetrics.families()
  }
}
