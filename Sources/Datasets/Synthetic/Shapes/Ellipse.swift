/// An ellipse along the axes.
struct Ellipse: Shape {
  let center: Point
  let radii: Point

  init(_ center: Point, _ radii: Point) {
    self.center = center
    self.radii = radii
  }

  init(_ x: Float, _ y: Float, _ across: Float, _ down: Float) { self.init(Point(x, y), Point(across, down)) }

  /// The first-order estimate: exact at the edge.
  func distance(to point: Point) -> Float {
    let offset = point - center
    let near = (offset / radii).length
    let slope = (offset / (radii * radii)).length
    return slope > 0 ? near * (near - 1) / slope : -min(radii.x, radii.y)
  }
  var bounds: Bounds { Bounds(low: center - radii, high: center + radii) }
}
