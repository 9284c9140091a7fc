package import Engine

/// The differences between two sets of values.
package struct Comparison: Sendable, CustomStringConvertible {
  /// The largest absolute difference; infinite if the counts differ or a value is NaN.
  package let maximum: Float
  /// ‖Δ‖ / ‖reference‖.
  package let relative: Double

  package init(_ values: [Float], _ reference: [Float]) {
    guard values.count == reference.count, !values.contains(where: \.isNaN) else {
      maximum = .infinity
      relative = .infinity
      return
    }
    var top: Float = 0
    var difference = 0.0
    var norm = 0.0
    for (value, expected) in zip(values, reference) {
      top = max(top, abs(value - expected))
      difference += Double(value - expected) * Double(value - expected)
      norm += Double(expected) * Double(expected)
    }
    maximum = top
    relative = (difference / max(norm, .leastNormalMagnitude)).squareRoot()
  }

  package var description: String { "maximum \(maximum), relative \(relative)" }
}

extension Tensor {
  /// Converts PyTorch's `[N, C, H, W]` to `[N, H, W, C]`.
  package var channelsLast: Tensor { transposed([0, 2, 3, 1]) }
}
