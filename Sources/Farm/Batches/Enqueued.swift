/// The result of enqueueing a specification.
package struct Enqueued: Hashable, Sendable {
  package let id: Int64
  /// False if the key was already in use with the same specification.
  package let created: Bool
  package let images: Int
  package let jobs: Int
}
