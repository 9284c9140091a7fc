/// The format of the daemon's log lines.
package enum LogFormat: String, CaseIterable, Codable, Hashable, Sendable {
  case human, json
}
