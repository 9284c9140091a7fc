/// Identifies a worker's registration: its number, and a random number that no other registration has, even in a
/// database that was restored from a backup and issues the same numbers again.
package struct WorkerKey: Hashable, Sendable, CustomStringConvertible {
  package let id: Int64
  package let registration: Int64

  package init(id: Int64, registration: Int64) {
    self.id = id
    self.registration = registration
  }

  package var description: String { "\(id)" }
}
