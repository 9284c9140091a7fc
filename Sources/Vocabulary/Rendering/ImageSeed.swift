/// Derives the seed of each image of a run.
package enum ImageSeed {
  /// The seed of the image at `index` of a run that starts at `first`: their sum, wrapping at 2⁶³.
  ///
  /// The database stores seeds as signed 64-bit integers.
  package static func of(_ index: Int, startingAt first: UInt64) -> UInt64 {
    (first &+ UInt64(bitPattern: Int64(index))) & Limits.seed.upperBound
  }
}
