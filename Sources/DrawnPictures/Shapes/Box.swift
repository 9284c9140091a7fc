/// An axis-aligned rectangle with optionally rounded corners.
struct Box: Shape {
  let center: Point
  /// Half of the width and height.
  let half: Point
  let corner: Float

  init(_ low: Point, _ high: Point, corner: Float = 0) {
    center = (low + high) / 2
    half = (high - low) / 2
    self.corner = min(corner, min(half.x, half.y))
  }

  init(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float, corner: Float = 0) {
    self.init(Point(left, top), Point(right, bottom), corner: corner)
  }

  func distance(to point: Point) -> Float {
    let offset = point - center
    let out = Point(abs(offset.x), abs(offset.y)) - half + corner
    return pointwiseMax(out, .zero).length + min(max(out.x, out.y), 0) - corner
  }
  var bounds: Bounds { Bounds(low: center - half, high: center + half) }
}
