/// Why something cannot be measured: what is missing or does not fit, and what to do.
package struct MetricsError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}
