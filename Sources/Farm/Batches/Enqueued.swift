/// What became of a specification that was enqueued.
package struct Enqueued: Hashable, Sendable {
  package let id: Int64
  /// False if the key was there already, with the same specification.
  package let created: Bool
  package let images: Int
  package let jobs: Int
}
