/// Discs together, such as a cloud or a crown of leaves.
struct Blobs: Shape {
  let discs: [Circle]

  func distance(to point: Point) -> Float {
    var nearest = Float.infinity
    for disc in discs { nearest = min(nearest, disc.distance(to: point)) }
    return nearest
  }
  var bounds: Bounds { discs.dropFirst().reduce(discs[0].bounds) { $0.union($1.bounds) } }
}
