/// Why something cannot be measured: what is missing or does not fit, and what to do.
package struct MetricsError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}

extension MetricsError {
  /// Refuses a network's results that are not finite: they would look like figures, class 0 for every image.
  ///
  /// - Parameter network: the folder that it was read from, such as `clip`.
  static func check(_ isFinite: Bool, _ network: String) throws {
    guard isFinite else {
      throw MetricsError(
        "the network '\(network)' gave numbers that are not finite: its weights hold infinity or NaN, or overflow. "
          + "Take an intact copy of it")
    }
  }
}
