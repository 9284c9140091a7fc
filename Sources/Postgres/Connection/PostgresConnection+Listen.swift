import CLibPQ
import Foundation

extension PostgresConnection {
  /// Waits until at least one notification has arrived on a channel this connection listens to.
  ///
  /// - Throws: ``PostgresError`` (`connectionLost`) or `CancellationError`.
  func notifications() async throws -> [PostgresNotification] {
    try await interruptible { interrupt in try usable().notifications(interrupt) }
  }
}

extension Link {
  func notifications(_ interrupt: Interrupt) throws -> [PostgresNotification] {
    while true {
      guard PQconsumeInput(handle) != 0 else { throw lost() }
      var found: [PostgresNotification] = []
      while let notification = PQnotifies(handle) {
        found.append(
          PostgresNotification(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra)))
        PQfreemem(notification)
      }
      if !found.isEmpty { return found }
      // After the server's last message, libpq may detect the end of the connection before the socket reports it.
      if isBroken { throw lost() }
      if interrupt.isRaised { throw CancellationError() }
      try poll(for: Int16(POLLIN))
    }
  }
}
