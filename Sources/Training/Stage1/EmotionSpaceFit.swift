import Checkpoints
package import Engine
import Files
import Foundation

/// Fits the emotion space: a Gaussian to each emotion's vectors.
package enum EmotionSpaceFit {
  /// Writes `{emotion}.mean`, `{emotion}.std` (unbiased) and, with full covariance, `{emotion}.cholesky`: the lower
  /// triangular L of the covariance L·Lᵀ, `[D, D]`.
  ///
  /// - Parameters:
  ///   - vectors: `[images, D]`; `labels`: their emotions.
  ///   - weights: the weight of each image; if nil, all weights are equal.
  /// - Throws: `TrainingError` if an emotion has fewer than two images or a vector is not finite.
  package static func write(
    _ vectors: Tensor, labels: [Int], weights: [Float]? = nil, emotions: [String], fullCovariance: Bool,
    to file: String
  ) throws {
    guard vectors.isFinite else {
      throw TrainingError("the emotion vectors contain numbers that are not finite: train the encoder again")
    }
    let width = vectors.channels
    var tensors: [(String, Tensor)] = []
    for (emotion, name) in emotions.enumerated() {
      let rows = labels.indices.filter { labels[$0] == emotion }
      guard rows.count > 1 else {
        throw TrainingError("'\(name)' has \(rows.count) images: a Gaussian needs at least two")
      }
      let shares = rows.map { row in weights.map { max(1e-6, Double($0[row])) } ?? 1 }
      let all = shares.reduce(0, +)
      var mean = [Double](repeating: 0, count: width)
      for (row, share) in zip(rows, shares) {
        for index in 0..<width { mean[index] += share * Double(vectors.pointer[row * width + index]) }
      }
      mean = mean.map { $0 / all }
      let columns = fullCovariance ? width : 1
      var products = [Double](repeating: 0, count: width * columns)
      for (row, share) in zip(rows, shares) {
        let own = (0..<width).map { Double(vectors.pointer[row * width + $0]) - mean[$0] }
        for i in 0..<width {
          if fullCovariance {
            for j in 0...i { products[i * width + j] += share * own[i] * own[j] }
          } else {
            products[i] += share * own[i] * own[i]
          }
        }
      }
      // The unbiased divisor: with equal weights it is the number of images minus one.
      let freedom = all - shares.reduce(0) { $0 + $1 * $1 } / all
      products = products.map { $0 / freedom }
      let variances = (0..<width).map { fullCovariance ? products[$0 * width + $0] : products[$0] }
      tensors.append(("\(name).mean", Tensor([width], mean.map { Float($0) })))
      tensors.append(("\(name).std", Tensor([width], variances.map { Float($0.squareRoot()) })))
      if fullCovariance {
        tensors.append(("\(name).cholesky", Tensor([width, width], cholesky(products, width).map { Float($0) })))
      }
    }
    let folder = URL(filePath: file).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Safetensors.write(path: file, tensors: tensors)
  }

  /// The lower triangular factor of a covariance. The diagonal is raised by a millionth, because the covariance of few
  /// images is singular.
  private static func cholesky(_ covariance: [Double], _ n: Int) -> [Double] {
    let trace = (0..<n).reduce(0) { $0 + covariance[$1 * n + $1] }
    let ridge = max(1e-12, 1e-6 * trace / Double(n))
    var factor = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        var sum = covariance[i * n + j] + (i == j ? ridge : 0)
        for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
        factor[i * n + j] = i == j ? max(sum, ridge).squareRoot() : sum / factor[j * n + j]
      }
    }
    return factor
  }
}
