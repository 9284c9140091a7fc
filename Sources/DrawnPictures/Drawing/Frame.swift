/// A transformation from a drawing's coordinates to the picture's: mirrored, scaled, rotated, then translated.
struct Frame {
  var origin = Point(0, 0)
  var scale: Float = 1
  /// Cosine and sine of the rotation.
  var axis = Point(1, 0)
  /// −1 for a mirrored drawing.
  var mirror: Float = 1

  func picture(_ point: Point) -> Point {
    let p = Point(point.x * mirror, point.y) * scale
    return origin + Point(p.x * axis.x - p.y * axis.y, p.x * axis.y + p.y * axis.x)
  }

  func local(_ point: Point) -> Point {
    let p = (point - origin) / scale
    return Point((p.x * axis.x + p.y * axis.y) * mirror, p.y * axis.x - p.x * axis.y)
  }

  /// The composition of `inner`, which maps into this frame's coordinates, with this frame.
  func holding(_ inner: Frame) -> Frame {
    let turn = Point(inner.axis.x, inner.axis.y * mirror)
    return Frame(
      origin: picture(inner.origin), scale: scale * inner.scale,
      axis: Point(axis.x * turn.x - axis.y * turn.y, axis.y * turn.x + axis.x * turn.y),
      mirror: mirror * inner.mirror)
  }
}
