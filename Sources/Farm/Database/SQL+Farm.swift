import Postgres

extension SQL {
  /// A length of time as an interval.
  static func interval(_ duration: Duration) -> SQL {
    "make_interval(secs => \(duration.seconds))"
  }
}

extension Duration {
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

