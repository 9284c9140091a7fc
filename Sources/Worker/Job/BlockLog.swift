import Logging
import Synchronization

/// A worker's block meter, which logs a warning if the lease is too short.
final class BlockLog: Sendable {
  private let meter: Mutex<BlockMeter>
  private let logger: Logger
  private let meters: WorkerMeters

  init(lease: Duration, logger: Logger, meters: WorkerMeters) {
    self.meters = meters
    meter = Mutex(BlockMeter(lease: lease, now: .now))
    self.logger = logger
  }

  /// Notes the start of a block.
  func start(_ now: ContinuousClock.Instant) {
    meter.withLock { $0.start(now) }
  }

  /// A block is finished.
  func finish(_ now: ContinuousClock.Instant) {
    meters.blockFinished()
    let (tooLong, lease) = meter.withLock { ($0.finish(now), $0.lease) }
    guard let tooLong else { return }
    logger.warning(
      "the lease is too short for this machine: a block of work must fit into it \(BlockMeter.margin) times",
      metadata: [
        "block_seconds": "\(Self.seconds(tooLong))", "lease_seconds": "\(Self.seconds(lease))",
        "lease_needed_seconds": "\(Self.seconds(tooLong * BlockMeter.margin).rounded(.up))",
      ])
  }

  private static func seconds(_ duration: Duration) -> Double {
    (duration / .seconds(1) * 100).rounded() / 100
  }
}
