/// A line through points, with round ends and joints, which may taper from its start to its end.
struct Stroke: Shape {
  private let pieces: [Taper]

  init(_ points: [Point], width: Float, to last: Float? = nil) {
    let last = last ?? width
    let count = Float(max(1, points.count - 1))
    pieces = zip(points, points.dropFirst()).enumerated().map { index, ends in
      let position = Float(index)
      return Taper(
        ends.0, ends.1, width: width + (last - width) * position / count,
        to: width + (last - width) * (position + 1) / count)
    }
  }

  /// A Bézier curve: quadratic with one control point, cubic with two.
  init(from start: Point, bend: [Point], to end: Point, width: Float, thin: Float? = nil, pieces: Int = 8) {
    self.init(Self.curve(from: start, bend: bend, to: end, pieces: pieces), width: width, to: thin)
  }

  /// Points of a Bézier curve, including both ends.
  static func curve(from start: Point, bend: [Point], to end: Point, pieces: Int = 8) -> [Point] {
    (0...pieces).map { index in
      var points = [start] + bend + [end]
      while points.count > 1 {
        points = zip(points, points.dropFirst()).map { $0.mixed(with: $1, Float(index) / Float(pieces)) }
      }
      return points[0]
    }
  }

  func distance(to point: Point) -> Float {
    var nearest = Float.infinity
    for piece in pieces { nearest = min(nearest, piece.distance(to: point)) }
    return nearest
  }
  var bounds: Bounds { pieces.dropFirst().reduce(pieces[0].bounds) { $0.union($1.bounds) } }
}
