import Imaging

/// A square picture being drawn. Shapes are given by distance functions, so that edges are smooth at any size.
struct Canvas {
  /// Side of the picture in pixels.
  let size: Int
  private var pixels: [Ink]
  private var frame = Frame()

  init(size: Int) {
    self.size = size
    pixels = [Ink](repeating: .black, count: size * size)
  }

  /// Fills `shape`.
  ///
  /// - Parameters:
  ///   - opacity: 0…1.
  ///   - blur: width of the soft edge, at least one pixel.
  ///   - paint: returns the colour at a point.
  mutating func fill(_ shape: some Shape, opacity: Float = 1, blur: Float = 0, _ paint: (Point) -> Ink) {
    let edge = max(blur, 1 / (Float(size) * frame.scale))
    visit(shape.bounds.grown(edge)) { point, ink in
      var cover = min(max(0.5 - shape.distance(to: point) / edge, 0), 1)
      guard cover > 0 else { return }
      if blur > 0 { cover = cover * cover * (3 - 2 * cover) }
      ink += (paint(point) - ink) * (cover * opacity)
    }
  }

  mutating func fill(_ shape: some Shape, _ ink: Ink, opacity: Float = 1, blur: Float = 0) {
    fill(shape, opacity: opacity, blur: blur) { _ in ink }
  }

  /// Replaces all pixels.
  mutating func fill(_ paint: (Point) -> Ink) {
    visit(Bounds(low: Point(-9, -9), high: Point(9, 9))) { point, ink in ink = paint(point) }
  }

  /// Adds light that fades to nothing at `radius`.
  mutating func glow(_ center: Point, radius: Float, _ light: Ink, strength: Float = 1) {
    visit(Bounds(center: center, reach: radius)) { point, ink in
      let offset = (point - center) / radius
      let fade = max(0, 1 - offset.dot(offset))
      ink += (Ink.white - ink) * light * (fade * fade * strength)
    }
  }

  /// Adds `light` inside a shape.
  mutating func shine(_ shape: some Shape, blur: Float = 0, _ light: (Point) -> Ink) {
    let edge = max(blur, 1 / (Float(size) * frame.scale))
    visit(shape.bounds.grown(edge)) { point, ink in
      let cover = min(max(0.5 - shape.distance(to: point) / edge, 0), 1)
      guard cover > 0 else { return }
      ink += (Ink.white - ink) * light(point) * cover
    }
  }

  /// Runs `body` in a coordinate system with its origin at `center` and a unit length of `scale`.
  ///
  /// - Parameter turn: clockwise rotation in turns.
  mutating func place(
    at center: Point, scale: Float = 1, turn: Float = 0, mirrored: Bool = false, _ body: (inout Canvas) -> Void
  ) {
    let outer = frame
    frame = outer.holding(
      Frame(
        origin: center, scale: scale, axis: Point(Wave.cosine(turn), Wave.sine(turn)), mirror: mirrored ? -1 : 1))
    body(&self)
    frame = outer
  }

  /// Runs `body` for the pixels in and around `bounds`, each with its centre in the current coordinate system.
  private mutating func visit(_ bounds: Bounds, _ body: (Point, inout Ink) -> Void) {
    let side = Float(size)
    let limits = Point(repeating: side)
    let area = Bounds(of: bounds.corners.map { frame.picture($0) })
    let first = pointwiseMax(area.low * side - 1, Point(0, 0))
    let last = pointwiseMin(area.high * side + 1, limits)
    guard first.x < last.x, first.y < last.y else { return }
    let (left, right) = (Int(first.x), min(size, Int(last.x) + 1))
    let (top, bottom) = (Int(first.y), min(size, Int(last.y) + 1))
    let start = frame.local(Point(Float(left) + 0.5, 0.5) / side)
    let (across, down) = (frame.local(Point(1, 0)) - frame.local(.zero), frame.local(Point(0, 1)) - frame.local(.zero))
    pixels.withUnsafeMutableBufferPointer { pixels in
      for y in top..<bottom {
        let line = start + down * (Float(y) / side)
        for x in left..<right { body(line + across * (Float(x - left) / side), &pixels[y * size + x]) }
      }
    }
  }

  /// The finished picture.
  ///
  /// - Parameter light: the factor of each channel.
  func image(light: Ink = .white, mirrored: Bool = false) -> RGBImage {
    let bytes = [UInt8](unsafeUninitializedCapacity: 3 * size * size) { buffer, count in
      for y in 0..<size {
        for x in 0..<size {
          let ink = pixels[y * size + (mirrored ? size - 1 - x : x)] * light
          let levels = ink * 255
          let target = 3 * (y * size + x)
          for channel in 0..<3 {
            buffer[target + channel] = UInt8(level: levels[channel], half: .toNearestOrAwayFromZero)
          }
        }
      }
      count = 3 * size * size
    }
    return RGBImage(width: size, height: size, pixels: bytes)
  }
}
