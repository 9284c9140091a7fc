package import Files

/// Why something cannot be measured: the message says what is missing or invalid and what to do.
package typealias MetricsError = Failure<MetricsErrorCode>

package enum MetricsErrorCode: SoleErrorCode { case sole }

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
