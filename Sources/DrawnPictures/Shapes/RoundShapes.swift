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

/// A circle drawn with a thick line.
struct Ring: Shape {
  let center: Point
  /// The distance from the centre to the middle of the line.
  let radius: Float
  let width: Float

  func distance(to point: Point) -> Float { abs((point - center).length - radius) - width / 2 }
  var bounds: Bounds { Bounds(center: center, reach: radius + width / 2) }
}

/// An axis-aligned ellipse.
struct Ellipse: Shape {
  let center: Point
  let radii: Point

  init(_ center: Point, _ radii: Point) {
    self.center = center
    self.radii = radii
  }

  init(_ x: Float, _ y: Float, _ across: Float, _ down: Float) { self.init(Point(x, y), Point(across, down)) }

  /// A first-order estimate that is exact at the edge.
  func distance(to point: Point) -> Float {
    let offset = point - center
    let near = (offset / radii).length
    let slope = (offset / (radii * radii)).length
    return slope > 0 ? near * (near - 1) / slope : -min(radii.x, radii.y)
  }
  var bounds: Bounds { Bounds(low: center - radii, high: center + radii) }
}

/// The union of several discs, such as a cloud or the crown of a tree.
struct Blobs: Shape {
  let discs: [Circle]

  func distance(to point: Point) -> Float {
    var nearest = Float.infinity
    for disc in discs { nearest = min(nearest, disc.distance(to: point)) }
    return nearest
  }
  var bounds: Bounds { discs.dropFirst().reduce(discs[0].bounds) { $0.union($1.bounds) } }
}
