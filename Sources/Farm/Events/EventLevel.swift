/// The severity of an event.
package enum EventLevel: String, CaseIterable, Codable, Hashable, Sendable {
  case info, warning, error
}
