/// A rectangle that holds a shape.
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
