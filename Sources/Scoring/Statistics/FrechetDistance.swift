import Engine

/// The distance between two groups of feature vectors, each modelled as a Gaussian:
/// |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½. Source: Heusel et al. 2017 (FID), with unbiased covariances as in
/// `numpy.cov`.
package enum FrechetDistance {
  /// - Parameters: vectors of equal length, at least two in each group.
  /// - Throws: `OpenBLASError` if LAPACK is missing or a feature is not finite.
  package static func between(_ first: [[Float]], _ second: [[Float]]) throws -> Double {
    let (a, b) = (Moments(first), Moments(second))
    let shift = zip(a.mean, b.mean).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    // With Σ₁ = AᵀA and Σ₂ = BᵀB, tr (Σ₁Σ₂)^½ is the sum of the singular values of ABᵀ, so the root of an asymmetric
    // matrix is not needed.
    let product = try a.factor().timesTransposed(b.factor())
    let gram = product.rows <= product.columns ? product : product.transposed
    let roots = try gram.timesTransposed(gram).symmetricEigen().values.map { max(0, $0).squareRoot() }
    return max(0, shift + a.trace + b.trace - 2 * roots.reduce(0, +))
  }

  private struct Moments {
    let mean: [Double]
    /// The covariance's trace.
    let trace: Double
    private let vectors: [[Float]]

    /// Vectors that are centred at a time.
    private static let block = 512

    init(_ vectors: [[Float]]) {
      let (count, width) = (vectors.count, vectors.first?.count ?? 0)
      var mean = [Double](repeating: 0, count: width)
      for vector in vectors { for index in 0..<width { mean[index] += Double(vector[index]) } }
      for index in 0..<width { mean[index] /= Double(max(1, count)) }
      var squares = 0.0
      for vector in vectors {
        for index in 0..<width {
          squares += (Double(vector[index]) - mean[index]) * (Double(vector[index]) - mean[index])
        }
      }
      self.mean = mean
      trace = squares / Double(max(1, count - 1))
      self.vectors = vectors
    }

    /// Some of the vectors, centred, over √(n − 1): the square of all of them is the covariance.
    private func centred(_ range: Range<Int>) -> DoubleMatrix {
      let scale = 1 / Double(max(1, vectors.count - 1)).squareRoot()
      let width = mean.count
      return DoubleMatrix(
        rows: range.count, columns: width,
        [Double](unsafeUninitializedCapacity: range.count * width) { values, count in
          for (row, vector) in vectors[range].enumerated() {
            for index in 0..<width { values[row * width + index] = (Double(vector[index]) - mean[index]) * scale }
          }
          count = range.count * width
        })
    }

    /// A matrix A with at most as many rows as features for which AᵀA is the covariance.
    func factor() throws -> DoubleMatrix {
      let width = mean.count
      guard vectors.count > width else { return centred(vectors.indices) }
      var covariance = [Double](repeating: 0, count: width * width)
      for start in stride(from: 0, to: vectors.count, by: Self.block) {
        let part = centred(start..<min(start + Self.block, vectors.count)).transposed
        let product = try part.timesTransposed(part)
        for index in covariance.indices { covariance[index] += product.values[index] }
      }
      let (values, eigenvectors) = try DoubleMatrix(rows: width, columns: width, covariance)
        .symmetricEigen(vectors: true)
      guard let eigenvectors else { return centred(vectors.indices) }
      return DoubleMatrix(
        rows: width, columns: width,
        (0..<width * width).map { max(0, values[$0 / width]).squareRoot() * eigenvectors.values[$0] })
    }
  }
}
