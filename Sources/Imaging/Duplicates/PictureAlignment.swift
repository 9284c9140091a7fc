/// Compares two small pictures, one of which may show a part of the other.
struct PictureAlignment {
  /// How alike two pictures are.
  struct Likeness {
    /// The correlation of gray levels, -1 to 1.
    var levels: Double
    /// The correlation of what is finer than five pixels, in which pictures of one scene differ.
    var details: Double
    /// The difference of the mean colours: of the channel that differs most, of 256 levels.
    var colour = 0.0
  }

  private static let side = PictureSignature.side
  /// Samples along each axis of what is compared.
  private static let samples = 48
  /// Sides of windows: from 84 % to 96 % of the picture's.
  private static let sides = 54.0...61.5
  /// Details below so many gray levels are noise.
  private static let noise = 1.0
  /// Pictures whose levels correlate less than this are not aligned: at the place where a part is looked for first, which
  /// is at most a pixel from the right one, and after the first round of steps.
  private static let hopeful = (first: 0.3, then: 0.8)
  /// By how many levels the mean colours of a part may differ from those at the place where it is looked for first.
  private static let distantColour = 14.0

  /// A window of a small picture: its corner and its side, in pixels.
  private struct Window {
    var x = 0.0
    var y = 0.0
    var side = Double(PictureAlignment.side)
  }

  /// The likeness of whole pictures; nil if their mean colours differ by more than `colour`.
  static func whole(_ first: SmallPicture, _ second: SmallPicture, colour: Double) -> Likeness? {
    let distance = difference(first.colour, Window(), second.colour)
    guard distance <= colour else { return nil }
    var result = likeness(first.gray.map { Float($0) }, second.gray.map { Float($0) }, side: side)
    result.colour = distance
    return result
  }

  /// The likeness of a picture with the part of another one where they agree best; nil if they agree so little that it is
  /// not looked for.
  ///
  /// - Parameters:
  ///   - part: shows about nine tenths of the other picture.
  ///   - place: about where, in pixels of the small picture.
  static func part(_ part: SmallPicture, of whole: SmallPicture, at place: (x: Int, y: Int)) -> Likeness? {
    var best = Window(x: Double(place.x), y: Double(place.y), side: Double(PictureSignature.part))
    guard difference(whole.colour, best, part.colour) <= distantColour else { return nil }
    let (shown, picture) = (sampled(part.gray, Window()), whole.gray)
    var highest = correlation(sampled(picture, best), shown)
    guard highest >= hopeful.first else { return nil }
    var step = 1.6
    while step > 0.1 {
      let start = best
      for (x, y, side) in [
        (step, 0, 0), (-step, 0, 0), (0, step, 0), (0, -step, 0), (-step / 2, -step / 2, step),
        (step / 2, step / 2, -step),
      ] {
        let window = Window(x: start.x + x, y: start.y + y, side: start.side + side)
        guard sides.contains(window.side) else { continue }
        let value = correlation(sampled(picture, window), shown)
        if value > highest { (highest, best) = (value, window) }
      }
      guard best.x == start.x, best.y == start.y, best.side == start.side else { continue }
      guard highest >= hopeful.then else { return nil }
      step /= 2
    }
    var result = likeness(sampled(picture, best), shown, side: samples)
    result.colour = difference(whole.colour, best, part.colour)
    return result
  }

  /// The difference of a window of one picture's colours from the whole of another's.
  private static func difference(_ colour: [UInt8], _ window: Window, _ other: [UInt8]) -> Double {
    let side = PictureSignature.colourSide
    let scale = Double(side) / Double(Self.side)
    var sums = [0.0, 0.0, 0.0]
    for y in 0..<side {
      for x in 0..<side {
        func place(_ start: Double, _ sample: Int) -> (index: Int, fraction: Double) {
          let place = start * scale + (Double(sample) + 0.5) * window.side / Double(Self.side) - 0.5
          let inside = min(max(place, 0), Double(side - 1))
          let index = min(Int(inside), side - 2)
          return (index, inside - Double(index))
        }
        let (column, row) = (place(window.x, x), place(window.y, y))
        for channel in 0..<3 {
          func level(_ down: Int, _ right: Int) -> Double {
            Double(colour[((row.index + down) * side + column.index + right) * 3 + channel])
          }
          let top = level(0, 0) + (level(0, 1) - level(0, 0)) * column.fraction
          let bottom = level(1, 0) + (level(1, 1) - level(1, 0)) * column.fraction
          sums[channel] += top + (bottom - top) * row.fraction - Double(other[(y * side + x) * 3 + channel])
        }
      }
    }
    return (sums.map { abs($0) }.max() ?? 0) / Double(side * side)
  }

  /// The window at `samples` by `samples` places, by linear interpolation.
  private static func sampled(_ picture: [UInt8], _ window: Window) -> [Float] {
    func places(_ start: Double) -> [(index: Int, fraction: Float)] {
      (0..<samples).map { sample in
        let place = start + (Double(sample) + 0.5) * window.side / Double(samples) - 0.5
        let inside = min(max(place, 0), Double(side - 1))
        let index = min(Int(inside), side - 2)
        return (index, Float(inside) - Float(index))
      }
    }
    let (columns, rows) = (places(window.x), places(window.y))
    return [Float](unsafeUninitializedCapacity: samples * samples) { result, count in
      picture.withUnsafeBufferPointer { picture in
        for (y, row) in rows.enumerated() {
          let (above, below) = (row.index * side, (row.index + 1) * side)
          for (x, column) in columns.enumerated() {
            let (left, right) = (column.index, column.index + 1)
            let top =
              Float(picture[above + left]) + (Float(picture[above + right]) - Float(picture[above + left]))
              * column.fraction
            let bottom =
              Float(picture[below + left]) + (Float(picture[below + right]) - Float(picture[below + left]))
              * column.fraction
            result[y * samples + x] = top + (bottom - top) * row.fraction
          }
        }
      }
      count = samples * samples
    }
  }

  private static func likeness(_ first: [Float], _ second: [Float], side: Int) -> Likeness {
    let levels = correlation(first, second)
    let (fine, other) = (details(first, side), details(second, side))
    // Pictures without details cannot differ in them, so that their levels have to agree all the more.
    if spread(fine) < noise, spread(other) < noise { return Likeness(levels: levels, details: levels >= 0.995 ? 1 : 0) }
    return Likeness(levels: levels, details: correlation(fine, other))
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
    let means = (first.reduce(0, +) / count, second.reduce(0, +) / count)
    var (product, own, others): (Float, Float, Float) = (0, 0, 0)
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        for index in first.indices {
          let (a, b) = (first[index] - means.0, second[index] - means.1)
          product += a * b
          own += a * a
          others += b * b
        }
      }
    }
    let flat = Float(0.25) * count
    if own < flat, others < flat { return abs(means.0 - means.1) <= 2 ? 1 : 0 }
    guard own >= flat, others >= flat else { return 0 }
    return Double(product) / (Double(own) * Double(others)).squareRoot()
  }
}
