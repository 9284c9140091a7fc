import Logging
import Postgres
import Synchronization
import Worker

/// Says why a daemon that has not begun its work waits for the database: to the log once for each reason, and to the
/// service manager, for which a daemon that waits has started: the upgrade of a package or a boot would otherwise wait for a
/// migration that an operator begins afterwards.
final class DatabaseWait: Sendable {
  private let notifier: ServiceNotifier
  private let health: WorkerHealth
  private let logger: Logger
  private let reason = Mutex<String?>(nil)

  init(_ notifier: ServiceNotifier, _ health: WorkerHealth, _ logger: Logger) {
    self.notifier = notifier
    self.health = health
    self.logger = logger
  }

  func note(_ error: PostgresError) {
    notifier.tell(.ready)
    // Each try is a sign of life.
    notifier.tell(.progress)
    let notice = WorkerNotice.hindered("waiting: \(error.message)")
    notifier.tell(notice)
    health.note(notice)
    let before = reason.withLock { reason in
      defer { reason = error.message }
      return reason
    }
    guard before != error.message else { return }
    var metadata: Logger.Metadata = ["reason": "\(error.message)"]
    metadata["next"] = error.hint.map { "\($0)" }
    logger.warning("waiting for the database", metadata: metadata)
  }

  func end() {
    if reason.withLock({ $0 != nil }) { logger.notice("the database is ready") }
  }
}
