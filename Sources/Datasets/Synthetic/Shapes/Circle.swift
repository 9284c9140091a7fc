/// A disc.
struct Circle: Shape {
  let center: Point
  let radius: Float

  init(_ center: Point, _ radius: Float) {
    self.center = center
    self.radius = radius
  }

  init(_ x: Float, _ y: Float, _ radius: Float) { self.init(Point(x, y), radius) }

  func distance(to point: Point) -> Float { (point - center).length - radius }
  var bounds: Bounds { Bounds(center: center, reach: radius) }
}
