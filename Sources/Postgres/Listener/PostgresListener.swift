import Files
package import Logging

/// Listens to channels on a dedicated connection and reconnects when the connection is lost.
///
/// Notifications only wake readers: they are lost while there is no connection, and the oldest are dropped for a reader
/// that is 256 events behind. Readers must read the tables after `.connected` and `.reconnected`, and they must also
/// poll.
package struct PostgresListener: Sendable {
  package enum Event: Hashable, Sendable {
    /// Listening started. Transactions committed earlier are not notified.
    case connected
    /// Listening resumed after the connection was lost. Notifications may be missing.
    case reconnected
    case notification(PostgresNotification)
    /// The connection goes through a pooler, which passes on no notifications. The stream ends: readers only poll.
    case unavailable
  }

  private let configuration: PostgresConfiguration
  private let channels: [String]
  private let logger: Logger

  package init(_ configuration: PostgresConfiguration, channels: [String], logger: Logger = .silent) {
    self.configuration = configuration
    self.channels = channels
    self.logger = logger
  }

  /// The events from now on, until the reader stops or its task is cancelled. Each call has its own connection.
  package func events() -> AsyncStream<Event> {
    AsyncStream(bufferingPolicy: .bufferingNewest(256)) { continuation in
      let task = Task {
        await run(continuation)
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func run(_ continuation: AsyncStream<Event>.Continuation) async {
    var pause = RetryPause(first: .milliseconds(100), longest: .seconds(10))
    var wasConnected = false
    while !Task.isCancelled {
      do {
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        do {
          guard await !connection.isPooled else {
            await connection.close()
            continuation.yield(.unavailable)
            return
          }
          for channel in channels {
            try await connection.query("LISTEN \(identifier: channel)")
          }
          continuation.yield(wasConnected ? .reconnected : .connected)
          wasConnected = true
          pause.reset()
          while true {
            for notification in try await connection.notifications() {
              continuation.yield(.notification(notification))
            }
          }
        } catch {
          await connection.close()
          throw error
        }
      } catch is CancellationError {
        return
      } catch {
        let duration = pause.next()
        logger.debug("listening failed, retrying in \(duration): \(error)")
        try? await Task.sleep(for: duration)
      }
    }
  }
}

/// A received notification.
package struct PostgresNotification: Hashable, Sendable {
  package let channel: String
  package let payload: String

  package init(channel: String, payload: String) {
    self.channel = channel
    self.payload = payload
  }
}
