/// How the daemon's lines look.
package enum LogFormat: String, CaseIterable, Codable, Hashable, Sendable {
  case human, json
}
