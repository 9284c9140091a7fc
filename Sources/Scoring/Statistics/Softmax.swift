import Engine

#if canImport(Glibc)
  import Glibc
#endif

enum Softmax {
  static func probabilities(_ logits: [Float]) -> [Double] {
    let top = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

extension Tensor {
  /// The rows of `[N, D]`.
  var rowValues: [[Float]] {
    let all = values
    return (0..<rows).map { Array(all[$0 * channels..<($0 + 1) * channels]) }
  }
}

extension Array where Element: Comparable {
  /// The index of the largest value, the first on ties.
  var indexOfMaximum: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}
