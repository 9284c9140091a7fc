package import Farm
import Foundation

/// Events, one per line.
package enum EventReport {
  package static func line(_ event: FarmEvent) -> String {
    var parts = [Measure.time(event.at), TerminalText.padded(event.level.rawValue, 7), event.kind]
    for (name, id) in [("batch", event.batch), ("job", event.job), ("worker", event.worker)] {
      if let id { parts.append("\(name) \(id)") }
    }
    parts += event.detail.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return TerminalText.safe(parts.joined(separator: "  "))
  }

  package static func json(_ event: FarmEvent) -> JSONDocument {
    [
      "event": JSONDocument(event.id), "at": JSONDocument(event.at), "level": JSONDocument(event.level.rawValue),
      "kind": JSONDocument(event.kind), "batch": JSONDocument(event.batch) { JSONDocument($0) },
      "job": JSONDocument(event.job) { JSONDocument($0) }, "worker": JSONDocument(event.worker) { JSONDocument($0) },
      "detail": .object(event.detail.mapValues { JSONDocument($0) }),
    ]
  }
}
