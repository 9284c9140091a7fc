import Engine

/// A figure of one emotion with its resampled values.
package struct Samples: Sendable {
  /// Images for a mean over images; 1 for a mean over pairs, which counts every emotion alike.
  let weight: Double
  let value: Double
  let resampled: [Double]
  /// Nothing is known of how much a figure of one image varies.
  private let isOfOneImage: Bool

  var estimate: Estimate { isOfOneImage ? Estimate(value) : Estimate(value, resampled: resampled) }

  init(weight: Double, value: Double, resampled: [Double], isOfOneImage: Bool = false) {
    self.weight = weight
    self.value = value
    self.resampled = resampled
    self.isOfOneImage = isOfOneImage
  }

  /// A mean over images; nil where not every image has a value.
  init?(_ values: [Double], _ resamples: Resamples) {
    guard values.count == resamples.images, !values.isEmpty else { return nil }
    let count = Double(values.count)
    self.init(
      weight: count, value: values.reduce(0, +) / count, resampled: resamples.sums(values).map { $0 / count },
      isOfOneImage: values.count == 1)
  }

  /// A mean over pairs of images; nil of fewer than two.
  init?(_ distances: PairwiseDistances, _ resamples: Resamples, on compute: Compute) {
    guard distances.images > 1 else { return nil }
    let (mean, resampled) = distances.means(resamples, on: compute)
    self.init(weight: 1, value: mean, resampled: resampled)
  }

  /// The weighted mean of several emotions, resample by resample.
  static func joined(_ parts: [Samples]) -> Samples {
    let total = parts.reduce(0) { $0 + $1.weight }
    let count = parts.map(\.resampled.count).min() ?? 0
    return Samples(
      weight: total, value: parts.reduce(0) { $0 + $1.weight * $1.value } / total,
      resampled: (0..<count).map { index in parts.reduce(0) { $0 + $1.weight * $1.resampled[index] } / total },
      isOfOneImage: parts.count == 1 && parts[0].isOfOneImage)
  }
}
