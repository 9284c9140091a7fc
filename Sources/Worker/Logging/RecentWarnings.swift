import Logging
import Synchronization

/// Warnings about requests, each of which is logged once, although every job of a batch would give it again.
final class RecentWarnings: Sendable {
  /// Beyond this number, the worker forgets what it has logged.
  private static let capacity = 1000

  private let logged = Mutex<Set<String>>([])

  func log(_ text: String, by logger: Logger) {
    let isNew = logged.withLock { logged in
      if logged.count >= Self.capacity { logged.removeAll() }
      return logged.insert(text).inserted
    }
    if isNew { logger.warning("\(text)") }
  }
}
