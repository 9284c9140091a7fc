/// What did not come true in time.
package struct NotObserved: Error, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }
}

/// Looks until something has come true; the deadline is for the case that it never does.
///
/// - Parameter look: what was waited for, or nil while it is not so.
package func eventually<T>(
  _ what: String, within limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
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

/// Looks until a condition holds.
package func eventually(
  _ what: String, within limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
  isTrue condition: () async throws -> Bool
) async throws {
  try await eventually(what, within: limit) { try await condition() ? () : nil }
}
