/// A position or direction: x to the right, y down. A picture's corners are (0, 0) and (1, 1).
typealias Point = SIMD2<Float>

extension SIMD2<Float> {
  var length: Float { dot(self).squareRoot() }

  func dot(_ other: Point) -> Float { x * other.x + y * other.y }

  func mixed(with other: Point, _ share: Float) -> Point { self + (other - self) * share }

  /// The point at `radius` from the origin in the direction `turns`; see `Wave`.
  init(turns: Float, radius: Float) {
    self.init(Wave.cosine(turns) * radius, Wave.sine(turns) * radius)
  }
}

/// A rectangle that contains a shape.
struct Bounds {
  var low: Point
  var high: Point

  init(low: Point, high: Point) {
    self.low = low
    self.high = high
  }

  init(center: Point, reach: Float) {
    low = center - reach
    high = center + reach
  }

  init(of points: [Point], reach: Float = 0) {
    low = points.reduce(Point(repeating: .infinity)) { pointwiseMin($0, $1) } - reach
    high = points.reduce(Point(repeating: -.infinity)) { pointwiseMax($0, $1) } + reach
  }

  func union(_ other: Bounds) -> Bounds {
    Bounds(low: pointwiseMin(low, other.low), high: pointwiseMax(high, other.high))
  }

  func grown(_ reach: Float) -> Bounds { Bounds(low: low - reach, high: high + reach) }

  var corners: [Point] { [low, high, Point(low.x, high.y), Point(high.x, low.y)] }
}
