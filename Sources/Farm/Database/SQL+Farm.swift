import Postgres

extension SQL {
  /// A duration as an SQL interval.
  static func interval(_ duration: Duration) -> SQL {
    "make_interval(secs => \(duration.seconds))"
  }
}

extension SQL.StringInterpolation {
  /// A value or NULL.
  mutating func appendInterpolation(orNull value: (some PostgresBindable)?) {
    appendInterpolation(value)
  }
}

extension Duration {
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
