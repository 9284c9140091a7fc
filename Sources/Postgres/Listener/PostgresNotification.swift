/// A received notification.
package struct PostgresNotification: Hashable, Sendable {
  package let channel: String
  package let payload: String

  package init(channel: String, payload: String) {
    self.channel = channel
    self.payload = payload
  }
}
