package import Engine

/// How far two sets of values are apart.
package struct Comparison: Sendable, CustomStringConvertible {
  /// Largest absolute difference; infinite where counts differ or a value is not a number.
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
  /// `[N, C, H, W]`, as PyTorch's files have it, to `[N, H, W, C]`.
  package var channelsLast: Tensor { transposed([0, 2, 3, 1]) }
}
