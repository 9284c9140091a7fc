/// The settings of a session, or under transaction pooling of each of its transactions.
struct SessionSettings {
  private let settings: [(name: String, value: String)]

  /// - Parameter version: of the server, as in `PQserverVersion`.
  init(_ limits: SessionLimits, version: Int32, isPooled: Bool) {
    // Values have one known form.
    var settings =
      limits.settings + [
        ("DateStyle", "ISO, YMD"), ("TimeZone", "UTC"), ("bytea_output", "hex"), ("extra_float_digits", "1"),
        ("standard_conforming_strings", "on"),
      ]
    // A pooler's connection to the server is not this program's.
    if !isPooled { settings += SessionLimits.liveness(version: version) }
    self.settings = settings
  }

  /// `SET name = 'value'; …`
  var forSession: String { settings.map { "SET \($0.name) = '\($0.value)'" }.joined(separator: "; ") }

  /// `SET LOCAL name = 'value'; …`, which takes no snapshot.
  var forTransaction: String { settings.map { "SET LOCAL \($0.name) = '\($0.value)'" }.joined(separator: "; ") }

  /// The same as one statement that returns rows.
  var forTransactionAsQuery: SQL {
    let calls = settings.map { "set_config('\($0.name)', '\($0.value)', true)" }
    return "SELECT \(unsafeRaw: calls.joined(separator: ", "))"
  }
}
