/// The error if an awaited condition does not become true in time.
package struct NotObserved: Error, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }
}

/// Polls until `look` returns a value, and fails at the deadline.
///
/// - Parameter look: returns the awaited value, or nil while there is none.
/// - Throws: `NotObserved` at the deadline.
package func eventually<T>(
  _ what: String, within limit: Duration = .seconds(120), isolation: isolated (any Actor)? = #isolation,
  _ look: () async throws -> T?
) async throws -> T {
  let deadline = ContinuousClock.now + limit
  while true {
    if let found = try await look() { return found }
    guard ContinuousClock.now < deadline else {
      throw NotObserved(description: "not within \(limit): \(what)")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Polls until a condition is true, and fails at the deadline.
///
/// - Throws: `NotObserved` at the deadline.
package func eventually(
  _ what: String, within limit: Duration = .seconds(120), isolation: isolated (any Actor)? = #isolation,
  isTrue condition: () async throws -> Bool
) async throws {
  try await eventually(what, within: limit) { try await condition() ? () : nil }
}
