/// The area that a closed polyline encloses.
struct Polygon: Shape {
  private let points: [Point]

  init(_ points: [Point]) { self.points = points }

  init(_ points: (Float, Float)...) { self.init(points.map { Point($0, $1) }) }

  /// The distance to the nearest edge; its sign follows from the number of edges that a ray crosses.
  func distance(to point: Point) -> Float {
    var nearest = Float.infinity
    var inside = false
    var previous = points[points.count - 1]
    for current in points {
      let (edge, offset) = (current - previous, point - previous)
      let square = edge.dot(edge)
      let share = square > 0 ? min(max(offset.dot(edge) / square, 0), 1) : 0
      let gap = offset - edge * share
      nearest = min(nearest, gap.dot(gap))
      if (previous.y > point.y) != (current.y > point.y), offset.x < offset.y * edge.x / edge.y { inside.toggle() }
      previous = current
    }
    return inside ? -nearest.squareRoot() : nearest.squareRoot()
  }
  var bounds: Bounds { Bounds(of: points) }
}
