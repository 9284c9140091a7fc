/// Why something cannot be measured; the description says what is missing or invalid and what to do.
package struct MetricsError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}

extension MetricsError {
  /// Refuses results that are not finite: they would look like valid results, with class 0 for every image.
  ///
  /// - Parameter network: the network's folder, such as `clip`.
  static func check(_ isFinite: Bool, _ network: String) throws {
    guard isFinite else {
      throw MetricsError(
        "the network '\(network)' gave numbers that are not finite: its weights contain infinity or NaN, or its "
          + "activations overflow. Replace it with an intact copy")
    }
  }
}
