package import Engine

/// The number of times that each image of a stratum occurs in each bootstrap resample. All figures of a source use the
/// same resamples.
package struct Resamples: Sendable {
  /// `[resamples, images]`; each row sums to the number of images.
  package let counts: Tensor

  package var images: Int { counts.channels }
  package var number: Int { counts.rows }

  /// - Parameter counts: `[resamples, images]`.
  package init(counts: Tensor) { self.counts = counts }

  /// Resamples that depend only on the arguments.
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

  /// The sum of the images' values in each resample.
  ///
  /// - Parameter values: one for each image.
  package func sums(_ values: [Double]) -> [Double] {
    precondition(values.count == images)
    return withExtendedLifetime(counts) {
      (0..<number).map { resample in
        let row = counts.pointer + resample * images
        return values.indices.reduce(0) { $0 + Double(row[$1]) * values[$1] }
      }
    }
  }

  /// The sum over the images of the square of how often each resample draws them.
  var squares: [Double] {
    withExtendedLifetime(counts) {
      (0..<number).map { resample in
        let row = counts.pointer + resample * images
        return (0..<images).reduce(0) { $0 + Double(row[$1]) * Double(row[$1]) }
      }
    }
  }
}
