package import Engine

/// The distances between all images of a group.
package struct PairwiseDistances: Sendable {
  /// `[images, images]`, symmetric, 0 on the diagonal.
  package let matrix: Tensor

  package var images: Int { matrix.channels }

  /// - Parameter distance: returns the distance between two different images; called once for each pair.
  init(images: Int, _ distance: (Int, Int) -> Double) {
    matrix = Tensor([images, images]) { values in
      for row in 0..<images {
        values[row * images + row] = 0
        for column in 0..<row {
          let value = Float(distance(row, column))
          values[row * images + column] = value
          values[column * images + row] = value
        }
      }
    }
  }

  /// 1 − cos between feature vectors: the first form of Sem-D.
  package static func cosine(_ features: [[Float]]) -> PairwiseDistances {
    let lengths = features.map { vector in
      vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    return PairwiseDistances(images: features.count) { a, b in
      1 - dot(features[a], features[b]) / max(lengths[a] * lengths[b], .leastNormalMagnitude)
    }
  }

  /// The mean squared difference between features: the second form of Sem-D, on features before normalisation.
  package static func meanSquaredError(_ features: [[Float]]) -> PairwiseDistances {
    PairwiseDistances(images: features.count) { a, b in
      var sum = 0.0
      for (x, y) in zip(features[a], features[b]) { sum += Double(x - y) * Double(x - y) }
      return sum / Double(max(1, features[a].count))
    }
  }

  /// Squared distances between long vectors, from their dot products, which one GEMM computes: LPIPS.
  package static func squared(_ vectors: [[Float]], on compute: Compute) -> PairwiseDistances {
    let width = vectors.first?.count ?? 0
    let all = Tensor([vectors.count, width]) { values in
      for (index, vector) in vectors.enumerated() {
        _ = UnsafeMutableBufferPointer(rebasing: values[index * width..<(index + 1) * width]).update(from: vector)
      }
    }
    let products = compute.matrixProduct(all, all)
    return withExtendedLifetime(products) {
      func product(_ a: Int, _ b: Int) -> Double { Double(products.pointer[a * vectors.count + b]) }
      return PairwiseDistances(images: vectors.count) { a, b in
        max(0, product(a, a) + product(b, b) - 2 * product(a, b))
      }
    }
  }

  /// The mean over all pairs; NaN for fewer than two images.
  package var mean: Double {
    let pairs = Double(images) * Double(images - 1)
    return withExtendedLifetime(matrix) { (0..<matrix.count).reduce(0.0) { $0 + Double(matrix.pointer[$1]) } / pairs }
  }

  static func dot(_ a: [Float], _ b: [Float]) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += Double(x) * Double(y) }
    return sum
  }
}
