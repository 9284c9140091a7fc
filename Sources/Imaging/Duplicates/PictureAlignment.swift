/// Compares two small pictures, one of which may show a part of the other.
struct PictureAlignment {
  /// How alike two pictures have to be.
  struct Likeness {
    /// The correlation of gray levels, at least: -1 to 1.
    let levels: Double
    /// The correlation of what is finer than five pixels, at least: in it pictures of one scene differ.
    let details: Double
    /// The difference of the mean colours, at most: of the channel that differs most, of 256 levels.
    let colour: Float
    /// The mean difference of the colours without that of their means, at most: of pictures of 128 pixels or more.
    /// Compression changes those of half the side twice as much.
    let colours: Float
  }

  private static let side = PictureSignature.side
  /// Samples along each axis of what is compared.
  private static let samples = 48
  /// Sides of windows: from 84 % to 96 % of the picture's.
  private static let sides = 54.0...61.5
  /// Details below so many gray levels are noise.
  private static let noise = 1.0
  /// Pictures whose levels correlate less than this at the place where a part is looked for first, which is at most a pixel
  /// from the right one, are not aligned.
  private static let hopeful = 0.45
  /// Steps of the search for the right place, in pixels, and what the levels correlate at least after each: those of 5,945
  /// parts of drawn pictures .784, .93, .974 and .99.
  private static let steps = [(1.6, least: 0.78), (0.8, least: 0.92), (0.4, least: 0.97), (0.2, least: 0.985)]

  /// The correlation of the details of whole pictures; nil if their levels or colours differ too much.
  static func details(of first: SmallPicture, _ second: SmallPicture, _ least: Likeness) -> Double? {
    let colours = (first.colours(in: PictureWindow()), second.colours(in: PictureWindow()))
    guard areAlike(colours.0, colours.1, least, max(first.coarseness, second.coarseness)) else { return nil }
    return details(first.gray.map { Float($0) }, second.gray.map { Float($0) }, side: side, levels: least.levels)
  }

  /// The correlation of the details of a picture with those of the part of another one where they agree best; nil if their
  /// levels or colours differ too much there.
  ///
  /// - Parameters:
  ///   - part: shows about nine tenths of the other picture.
  ///   - place: about where, in pixels of the small picture.
  static func details(
    of part: SmallPicture, in whole: SmallPicture, at place: (x: Int, y: Int), _ least: Likeness
  ) -> Double? {
    var best = PictureWindow(x: Double(place.x), y: Double(place.y), side: Double(PictureSignature.part))
    let shown = sampled(part.gray, PictureWindow())
    var highest = correlation(sampled(whole.gray, best), shown)
    guard highest >= hopeful else { return nil }
    for (step, least) in steps {
      var start: PictureWindow
      repeat {
        start = best
        for (x, y, side) in [
          (step, 0, 0), (-step, 0, 0), (0, step, 0), (0, -step, 0), (-step / 2, -step / 2, step),
          (step / 2, step / 2, -step),
        ] {
          let window = PictureWindow(x: start.x + x, y: start.y + y, side: start.side + side)
          guard sides.contains(window.side) else { continue }
          let value = correlation(sampled(whole.gray, window), shown)
          if value > highest { (highest, best) = (value, window) }
        }
      } while best != start
      guard highest >= least else { return nil }
    }
    let colours = (whole.colours(in: best), part.colours(in: PictureWindow()))
    guard areAlike(colours.0, colours.1, least, max(whole.coarseness, part.coarseness)) else { return nil }
    return details(sampled(whole.gray, best), shown, side: samples, levels: least.levels)
  }

  /// Whether the mean colours are, and the colours at each place without that difference.
  private static func areAlike(
    _ first: [PictureColour], _ second: [PictureColour], _ least: Likeness, _ coarseness: Float
  ) -> Bool {
    let count = Float(first.count)
    let mean = (first.reduce(.zero, +) - second.reduce(.zero, +)) / count
    var apart = PictureColour.zero
    for (own, other) in zip(first, second) {
      let difference = own - other - mean
      apart += difference.replacing(with: -difference, where: difference .< 0)
    }
    return mean.largest <= least.colour && (apart / count).largest <= least.colours * coarseness
  }

  /// The window at `samples` by `samples` places, by linear interpolation.
  private static func sampled(_ picture: [UInt8], _ window: PictureWindow) -> [Float] {
    let (columns, rows) = window.places(samples, of: side)
    return [Float](unsafeUninitializedCapacity: samples * samples) { result, count in
      picture.withUnsafeBufferPointer { picture in
        // Between two rows of the picture, and then between its columns.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: side) { between in
          for (y, row) in rows.enumerated() {
            let above = row.index * side
            for x in 0..<side {
              let level = Float(picture[above + x])
              between[x] = level + (Float(picture[above + side + x]) - level) * row.fraction
            }
            for (x, column) in columns.enumerated() {
              let level = between[column.index]
              result[y * samples + x] = level + (between[column.index + 1] - level) * column.fraction
            }
          }
        }
      }
      count = samples * samples
    }
  }

  /// - Parameter levels: the correlation of the values, at least.
  private static func details(_ first: [Float], _ second: [Float], side: Int, levels least: Double) -> Double? {
    let levels = correlation(first, second)
    guard levels >= least else { return nil }
    let (fine, other) = (details(first, side), details(second, side))
    // Pictures without details cannot differ in them, so that their levels have to agree all the more.
    if spread(fine) < noise, spread(other) < noise { return levels >= 0.995 ? 1 : 0 }
    return correlation(fine, other)
  }

  /// Each value less the mean of the five by five around it.
  private static func details(_ values: [Float], _ side: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: values.count)
    var rows = sums
    for y in 0..<side {
      for x in 0..<side {
        rows[y * side + x] = (-2...2).reduce(0) { $0 + values[y * side + min(max(x + $1, 0), side - 1)] }
      }
    }
    for y in 0..<side {
      for x in 0..<side {
        let sum = (-2...2).reduce(0) { $0 + rows[min(max(y + $1, 0), side - 1) * side + x] }
        sums[y * side + x] = values[y * side + x] - sum / 25
      }
    }
    return sums
  }

  private static func spread(_ values: [Float]) -> Double {
    let mean = values.reduce(0, +) / Float(values.count)
    return (Double(values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }) / Double(values.count)).squareRoot()
  }

  /// Pearson's coefficient; of two pictures of one level, 1 if the levels are the same.
  private static func correlation(_ first: [Float], _ second: [Float]) -> Double {
    let count = Float(first.count)
    let means = (sum(first) / count, sum(second) / count)
    // Sixteen sums at a time, for which the processor need not wait; both counts are multiples of sixteen.
    var (products, owns, others) = (SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero)
    first.withUnsafeBytes { first in
      second.withUnsafeBytes { second in
        for offset in stride(from: 0, to: first.count, by: 64) {
          let a = first.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self) - means.0
          let b = second.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self) - means.1
          products += a * b
          owns += a * a
          others += b * b
        }
      }
    }
    let flat = Float(0.25) * count
    let (own, other) = (owns.sum(), others.sum())
    if own < flat, other < flat { return abs(means.0 - means.1) <= 2 ? 1 : 0 }
    guard own >= flat, other >= flat else { return 0 }
    return Double(products.sum()) / (Double(own) * Double(other)).squareRoot()
  }

  private static func sum(_ values: [Float]) -> Float {
    var sums = SIMD16<Float>.zero
    values.withUnsafeBytes { values in
      for offset in stride(from: 0, to: values.count, by: 64) {
        sums += values.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
      }
    }
    return sums.sum()
  }
}
