/// How much an event matters.
package enum EventLevel: String, CaseIterable, Codable, Hashable, Sendable {
  case info, warning, error
}
