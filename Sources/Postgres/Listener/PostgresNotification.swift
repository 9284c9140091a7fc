/// A NOTIFY that arrived.
package struct PostgresNotification: Hashable, Sendable {
  package let channel: String
  package let payload: String
}
