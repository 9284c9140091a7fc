package import Postgres

/// The database's location and whether its schema is compatible.
package struct DatabaseReport: Sendable {
  package enum Server: Sendable, Equatable {
    case configured
    /// The embedded server.
    case running(process: Int32)
    case stopped
    case absent
  }

  private let server: Server
  private let address: String?
  private let schema: MigrationStatus?

  /// - Parameter address: without secrets.
  package init(_ server: Server, address: String?, schema: MigrationStatus?) {
    self.server = server
    self.address = address
    self.schema = schema
  }

  /// Whether there is a schema that this program must not work on.
  package var isUnusable: Bool { schema.map { !$0.isCurrent } ?? false }

  package var json: JSONDocument {
    [
      "server": JSONDocument(name), "address": JSONDocument(address) { JSONDocument($0) },
      "schema": JSONDocument(schema?.current) { JSONDocument($0) },
      "needed": JSONDocument(schema?.latest) { JSONDocument($0) },
      "pending": .array((schema?.pending ?? []).map { JSONDocument($0.name) }),
      "problem": JSONDocument(problem) { JSONDocument($0) },
    ]
  }

  package var lines: [String] {
    var lines = ["Server  \(description)"]
    if let schema {
      lines.append("Schema  version \(schema.current)" + (schema.isCurrent ? ", up to date" : ""))
    }
    if let problem { lines.append("        \(problem)") }
    return lines
  }

  private var problem: String? {
    guard let schema else { return nil }
    if let problem = schema.problem { return problem.message + (problem.hint.map { "; \($0)" } ?? "") }
    return schema.isCurrent
      ? nil : "\(Measure.count(schema.pending.count, "migration")) pending; run: emofarm db migrate"
  }

  private var name: String {
    switch server {
    case .configured: "configured"
    case .running: "embedded_running"
    case .stopped: "embedded_stopped"
    case .absent: "embedded_absent"
    }
  }

  private var description: String {
    switch server {
    case .configured: "configured: \(address ?? "")"
    case .running(let process): "embedded, running as process \(process): \(address ?? "")"
    case .stopped: "embedded, stopped; start it with: emofarm db up"
    case .absent: "embedded, not created yet; create and start it with: emofarm db up"
    }
  }
}
