/// A circle drawn with a broad line.
struct Ring: Shape {
  let center: Point
  /// To the middle of the line.
  let radius: Float
  let width: Float

  func distance(to point: Point) -> Float { abs((point - center).length - radius) - width / 2 }
  var bounds: Bounds { Bounds(center: center, reach: radius + width / 2) }
}
