/// Samples of one metric, which differ in their labels.
///
/// Names follow Prometheus' conventions: base units, `_total` for counters, no ids in labels, because each value of a label is
/// a series that is kept for ever.
package struct MetricFamily: Equatable, Sendable {
  package enum Kind: String, Sendable {
    /// Only grows while the process runs.
    case counter
    case gauge
    /// Cumulative counts of observations up to each bound, with their sum and count.
    case histogram
  }

  package struct Sample: Equatable, Sendable {
    /// What a histogram adds to the family's name: `_bucket`, `_sum` or `_count`.
    package let suffix: String
    package let labels: [Label]
    package let value: Double

    package init(_ value: Double, suffix: String = "", _ labels: [Label] = []) {
      self.value = value
      self.suffix = suffix
      self.labels = labels
    }
  }

  package struct Label: Equatable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package let name: String
  /// One sentence.
  package let help: String
  package let kind: Kind
  package var samples: [Sample]

  package init(_ name: String, _ help: String, _ kind: Kind, _ samples: [Sample] = []) {
    self.name = name
    self.help = help
    self.kind = kind
    self.samples = samples
  }

  /// A gauge with one sample; without a sample if the value is not known.
  package static func gauge(_ name: String, _ help: String, _ value: Double?) -> MetricFamily {
    MetricFamily(name, help, .gauge, value.map { [Sample($0)] } ?? [])
  }

  /// A gauge with a sample for each value of one label.
  package static func gauge(_ name: String, _ help: String, by label: String, _ values: [String: Double])
    -> MetricFamily
  {
    MetricFamily(
      name, help, .gauge, values.sorted { $0.key < $1.key }.map { Sample($0.value, [Label(label, $0.key)]) })
  }
}

extension MetricFamily {
  /// `emofarm_build_info`: its labels say what runs; its value is always 1.
  package static func build(version: String, engine: String? = nil) -> MetricFamily {
    MetricFamily(
      "emofarm_build_info", "What runs: the program's version, and a worker's engine kind.", .gauge,
      [Sample(1, [Label("version", version)] + (engine.map { [Label("engine", $0)] } ?? []))])
  }
}
