import Postgres

extension SQL {
  /// A length of time as an interval.
  static func interval(_ duration: Duration) -> SQL {
    "make_interval(secs => \(duration.seconds))"
  }
}

extension SQL.StringInterpolation {
  /// A value that may be NULL.
  mutating func appendInterpolation(orNull value: (some PostgresBindable)?) {
    appendInterpolation(value)
  }
}

extension Duration {
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
