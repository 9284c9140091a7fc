package import Engine

/// The mean distance of a group's images over all pairs, in time and memory that grow with the images and not with
/// their pairs.
///
/// Every distance here is the square |vᵢ − vⱼ|² of two vectors' difference, and for images that occur cᵢ times
/// Σᵢⱼ cᵢcⱼ |vᵢ − vⱼ|² = 2n Σᵢ cᵢ|vᵢ|² − 2 |Σᵢ cᵢvᵢ|² with n = Σᵢ cᵢ: a matrix multiplication of resamples by vectors.
/// The vectors are centred first, so that the difference of the two sums loses nothing.
package struct PairwiseDistances: Sendable {
  private let vectors: [[Float]]
  /// Makes the metric of a squared distance.
  private let scale: Double

  /// Columns of the vectors that are multiplied at a time.
  private static let block = 256

  package var images: Int { vectors.count }

  /// - Parameter vectors: equally long.
  private init(_ vectors: [[Float]], scale: Double) {
    self.vectors = vectors
    self.scale = scale
  }

  /// 1 − cos of feature vectors, which is half of the squared distance of the normalised ones: Sem-D's first form.
  package static func cosine(_ features: [[Float]]) -> PairwiseDistances {
    let normalised = features.map { vector in
      let length = max(dot(vector, vector).squareRoot(), .leastNormalMagnitude)
      return vector.map { Float(Double($0) / length) }
    }
    return PairwiseDistances(normalised, scale: 0.5)
  }

  /// The mean squared difference between features: the second form of Sem-D, on features before normalisation.
  package static func meanSquaredError(_ features: [[Float]]) -> PairwiseDistances {
    PairwiseDistances(features, scale: 1 / Double(max(1, features.first?.count ?? 0)))
  }

  /// Squared distances: LPIPS.
  package static func squared(_ vectors: [[Float]]) -> PairwiseDistances { PairwiseDistances(vectors, scale: 1) }

  /// The mean over all pairs; NaN for fewer than two images.
  package var mean: Double {
    var squares = 0.0
    forEachBlock { block in squares += withExtendedLifetime(block) { Self.squares(block.pointer, block.count) } }
    return scale * 2 * squares / Double(images - 1)
  }

  /// The mean over the pairs of different images, and the same of each resample: nan where it has only one image.
  package func means(_ resamples: Resamples, on compute: Compute) -> (mean: Double, resampled: [Double]) {
    precondition(resamples.images == images, "\(resamples.images) counts for \(images) images")
    var squares = [Double](repeating: 0, count: images)
    var sums = [Double](repeating: 0, count: resamples.number)
    forEachBlock { block in
      let weighted = compute.matrixProduct(resamples.counts, block)
      withExtendedLifetime((block, weighted)) {
        for column in 0..<block.rows {
          let row = block.pointer + column * images
          for image in 0..<images { squares[image] += Double(row[image]) * Double(row[image]) }
        }
        for resample in sums.indices {
          sums[resample] += Self.squares(weighted.pointer + resample * block.rows, block.rows)
        }
      }
    }
    let count = Double(images)
    let totals = resamples.sums(squares)
    // An image drawn twice is no pair: its distance to itself says nothing.
    let drawnTwice = resamples.squares
    let resampled = sums.indices.map { resample -> Double in
      let spread = max(0, count * totals[resample] - sums[resample])
      return scale * 2 * spread / (count * count - drawnTwice[resample])
    }
    return (scale * 2 * squares.reduce(0, +) / (count - 1), resampled)
  }

  /// Calls `body` with the vectors' columns, some at a time, each less its mean: `[columns, images]`.
  private func forEachBlock(_ body: (Tensor) -> Void) {
    let width = vectors.first?.count ?? 0
    for start in stride(from: 0, to: width, by: Self.block) {
      let columns = min(Self.block, width - start)
      var values = [Float](repeating: 0, count: columns * images)
      values.withUnsafeMutableBufferPointer { values in
        for (image, vector) in vectors.enumerated() {
          vector.withUnsafeBufferPointer { vector in
            for column in 0..<columns { values[column * images + image] = vector[start + column] }
          }
        }
        for column in 0..<columns {
          let row = column * images..<(column + 1) * images
          let mean = row.reduce(0.0) { $0 + Double(values[$1]) } / Double(images)
          for index in row { values[index] = Float(Double(values[index]) - mean) }
        }
      }
      body(Tensor([columns, images], values))
    }
  }

  private static func squares(_ values: UnsafePointer<Float>, _ count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count { sum += Double(values[index]) * Double(values[index]) }
    return sum
  }

  static func dot(_ a: [Float], _ b: [Float]) -> Double {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var sum = 0.0
        for index in 0..<min(a.count, b.count) { sum += Double(a[index]) * Double(b[index]) }
        return sum
      }
    }
  }
}
