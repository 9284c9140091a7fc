/// The area below a wavy line.
struct Ground: Shape {
  /// The mean height of the line.
  let level: Float
  /// For each wave: its height, the number of periods across the picture, and its phase in turns.
  let waves: [(height: Float, count: Float, phase: Float)]

  func height(at x: Float) -> Float {
    waves.reduce(level) { $0 + $1.height * Wave.sine($1.count * x + $1.phase) }
  }

  func distance(to point: Point) -> Float { height(at: point.x) - point.y }
  var bounds: Bounds { Bounds(low: Point(-1, level - waves.reduce(0) { $0 + abs($1.height) }), high: Point(2, 2)) }
}
