/// The union of two shapes.
struct Union<First: Shape, Second: Shape>: Shape {
  let first: First
  let second: Second

  func distance(to point: Point) -> Float { min(first.distance(to: point), second.distance(to: point)) }
  var bounds: Bounds { first.bounds.union(second.bounds) }
}

/// Two shapes that blend smoothly where they are closer than `reach` (Quílez's polynomial smooth minimum).
struct Melt<First: Shape, Second: Shape>: Shape {
  let first: First
  let second: Second
  let reach: Float

  func distance(to point: Point) -> Float {
    let (a, b) = (first.distance(to: point), second.distance(to: point))
    let near = max(reach - abs(a - b), 0) / reach
    return min(a, b) - near * near * reach * 0.25
  }
  var bounds: Bounds { first.bounds.union(second.bounds).grown(reach / 4) }
}

/// The difference of two shapes.
struct Cut<Whole: Shape, Hole: Shape>: Shape {
  let whole: Whole
  let hole: Hole

  func distance(to point: Point) -> Float { max(whole.distance(to: point), -hole.distance(to: point)) }
  var bounds: Bounds { whole.bounds }
}

/// The intersection of two shapes.
struct Common<First: Shape, Second: Shape>: Shape {
  let first: First
  let second: Second

  func distance(to point: Point) -> Float { max(first.distance(to: point), second.distance(to: point)) }
  var bounds: Bounds { first.bounds }
}

/// A shape extended by a margin on all sides.
struct Grown<Inner: Shape>: Shape {
  let shape: Inner
  let reach: Float

  func distance(to point: Point) -> Float { shape.distance(to: point) - reach }
  var bounds: Bounds { shape.bounds.grown(reach) }
}
