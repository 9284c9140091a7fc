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
    /// The centred vectors divided by √(n − 1): with these rows as A, AᵀA is the covariance.
    private let centred: DoubleMatrix

    init(_ vectors: [[Float]]) {
      let (count, width) = (vectors.count, vectors.first?.count ?? 0)
      var mean = [Double](repeating: 0, count: width)
      for vector in vectors { for index in 0..<width { mean[index] += Double(vector[index]) } }
      for index in 0..<width { mean[index] /= Double(max(1, count)) }
      let scale = 1 / Double(max(1, count - 1)).squareRoot()
      self.mean = mean
      centred = DoubleMatrix(
        rows: count, columns: width,
        vectors.flatMap { vector in (0..<width).map { (Double(vector[$0]) - mean[$0]) * scale } })
    }

    var trace: Double { centred.values.reduce(0) { $0 + $1 * $1 } }

    /// A matrix A with at most as many rows as features for which AᵀA is the covariance.
    func factor() throws -> DoubleMatrix {
      guard centred.rows > centred.columns else { return centred }
      let transposed = centred.transposed
      let (values, vectors) = try transposed.timesTransposed(transposed).symmetricEigen(vectors: true)
      guard let vectors else { return centred }
      let width = centred.columns
      return DoubleMatrix(
        rows: width, columns: width,
        (0..<width * width).map { max(0, values[$0 / width]).squareRoot() * vectors.values[$0] })
    }
  }
}
