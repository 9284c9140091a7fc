/// A shape that can be filled, given by a signed distance that is negative inside.
protocol Shape {
  /// Must be exact or slightly too short, so that an edge is one pixel wide.
  func distance(to point: Point) -> Float
  /// Contains all points with a negative distance.
  var bounds: Bounds { get }
}

extension Shape {
  func union<Other: Shape>(_ other: Other) -> Union<Self, Other> { Union(first: self, second: other) }
  func melted<Other: Shape>(with other: Other, _ reach: Float) -> Melt<Self, Other> {
    Melt(first: self, second: other, reach: reach)
  }
  func cut<Other: Shape>(by other: Other) -> Cut<Self, Other> { Cut(whole: self, hole: other) }
  func common<Other: Shape>(with other: Other) -> Common<Self, Other> { Common(first: self, second: other) }
  /// The shape extended by `reach` on all sides, which rounds its corners.
  func grown(_ reach: Float) -> Grown<Self> { Grown(shape: self, reach: reach) }
}
