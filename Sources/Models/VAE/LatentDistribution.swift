package import Engine

/// What an encoder says of a picture's latents, as diffusion takes them: a normal distribution for each of their values,
/// or the values themselves.
package struct LatentDistribution: Sendable {
  /// `[1, h, w, C]`.
  private let mean: Tensor
  /// Of the same shape; nil if there is no spread.
  private let deviation: Tensor?
  private let scalingFactor: Float

  init(mean: Tensor, deviation: Tensor?, scalingFactor: Float) {
    self.mean = mean
    self.deviation = deviation
    self.scalingFactor = scalingFactor
  }

  package var isFinite: Bool { mean.isFinite && deviation?.isFinite ?? true }

  /// Draws the latents of `count` images: `[count, h, w, C]`.
  ///
  /// - Parameter noise: returns unit noise of that shape; not called if there is no spread.
  package func draw(_ count: Int, noise: () throws -> Tensor) rethrows -> Tensor {
    let means = Self.repeated(mean, count)
    guard let deviation else { return means.map { scalingFactor * $0 } }
    let spread = Self.repeated(deviation, count).zipped(with: try noise()) { $0 * $1 }
    return means.zipped(with: spread) { scalingFactor * ($0 + $1) }
  }

  private static func repeated(_ tensor: Tensor, _ count: Int) -> Tensor {
    .concatenated(Array(repeating: tensor, count: count))
  }
}
