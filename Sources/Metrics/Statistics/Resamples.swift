package import Engine

/// How often each image of a stratum occurs in each bootstrap resample; every figure of a source uses the same ones.
package struct Resamples: Sendable {
  /// `[resamples, images]`; each row sums to the number of images.
  package let counts: Tensor

  package var images: Int { counts.channels }
  package var number: Int { counts.rows }

  /// - Parameter counts: `[resamples, images]`.
  package init(counts: Tensor) { self.counts = counts }

  /// - Parameter seed: the same seed, images and number give the same resamples.
  package init(images: Int, number: Int, seed: UInt64) {
    var generator = TorchGenerator(seed: seed)
    var values = [Float](repeating: 0, count: number * images)
    for resample in 0..<number {
      for fraction in generator.uniform(images) {
        values[resample * images + min(images - 1, Int(Double(fraction) * Double(images)))] += 1
      }
    }
    counts = Tensor([number, images], values)
  }

  /// The sum over the images of each resample of a value an image.
  package func sums(_ values: [Double]) -> [Double] {
    precondition(values.count == images)
    return withExtendedLifetime(counts) {
      (0..<number).map { resample in
        let row = counts.pointer + resample * images
        return values.indices.reduce(0) { $0 + Double(row[$1]) * values[$1] }
      }
    }
  }

  /// The mean of a distance over the pairs of different images of each resample; nan where it has only one image.
  package func means(_ distances: PairwiseDistances, on compute: Compute) -> [Double] {
    precondition(distances.images == images)
    let weighted = compute.matrixProduct(counts, distances.matrix)
    return withExtendedLifetime((counts, weighted)) {
      (0..<number).map { resample in
        let (row, sums) = (counts.pointer + resample * images, weighted.pointer + resample * images)
        var (total, pairs) = (0.0, Double(images) * Double(images))
        for index in 0..<images {
          total += Double(row[index]) * Double(sums[index])
          // An image drawn twice is no pair: its distance to itself says nothing.
          pairs -= Double(row[index]) * Double(row[index])
        }
        return total / pairs
      }
    }
  }
}
