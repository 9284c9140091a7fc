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
