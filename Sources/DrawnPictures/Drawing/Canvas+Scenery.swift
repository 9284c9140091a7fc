extension Canvas {
  /// Draws a sky or a wall: one colour above and one below, which blend between the heights `start` and `end`.
  mutating func backdrop(_ top: Ink, _ bottom: Ink, from start: Float = 0, to end: Float = 1) {
    fill { point in top.mixed(with: bottom, min(max((point.y - start) / (end - start), 0), 1)) }
  }

  /// Draws land below a wavy line, darker towards the picture's lower edge.
  mutating func land(_ ground: Ground, _ ink: Ink, shade: Float = 0.25) {
    fill(ground) { ink.darker(shade * min(max($0.y - ground.height(at: $0.x), 0) / 0.35, 1)) }
  }

  /// Draws a disc shaded like a ball that is lit from the upper left.
  mutating func ball(_ center: Point, _ radius: Float, _ ink: Ink, depth: Float = 0.35, light: Float = 0.45) {
    fill(Circle(center, radius)) { point in
      let offset = (point - center) / radius
      let edge = min(offset.dot(offset), 1)
      let lit = max(0, 1 - (offset - Point(-0.4, -0.45)).length / 0.9)
      return ink.darker(depth * edge).lighter(light * lit * lit)
    }
  }

  /// Draws a cloud with a flat underside and a width of `scale`.
  mutating func cloud(_ center: Point, _ scale: Float, _ ink: Ink, shade: Float = 0.15, opacity: Float = 1) {
    place(at: center, scale: scale) { canvas in
      let puffs = Blobs(discs: [
        Circle(-0.3, -0.02, 0.16), Circle(-0.08, -0.14, 0.22), Circle(0.18, -0.08, 0.19), Circle(0.36, 0, 0.13),
      ])
      let whole = puffs.union(Box(-0.42, -0.08, 0.45, 0.13, corner: 0.1))
      canvas.fill(whole.common(with: Box(-1, -1, 1, 0.13)), opacity: opacity, blur: 0.06) { point in
        ink.darker(shade * point.y.step(-0.2, 0.15))
      }
    }
  }

  /// Draws soft stars in the part of the picture above `bottom`.
  mutating func stars(_ count: Int, bottom: Float, _ dice: inout Dice, _ ink: Ink = Ink(0xFFF6E0)) {
    for _ in 0..<count {
      let center = Point(dice(0.02...0.98), dice(0.02...bottom))
      let radius = dice(0.012...0.022)
      fill(Circle(center, radius), ink, opacity: dice(0.6...1), blur: 0.015)
    }
  }

  /// Draws a moon or a sun with a halo.
  mutating func orb(_ center: Point, _ radius: Float, _ ink: Ink, halo: Float = 2.5, strength: Float = 0.5) {
    glow(center, radius: radius * halo, ink, strength: strength)
    fill(Circle(center, radius), ink)
  }
}

extension Ground {
  /// Gentle hills.
  static func hills(_ level: Float, _ height: Float, _ dice: inout Dice) -> Ground {
    Ground(
      level: level,
      waves: [(height, dice(0.5...0.9), dice(0...1)), (height * 0.4, dice(1.2...1.8), dice(0...1))])
  }

  static func flat(_ level: Float) -> Ground { Ground(level: level, waves: []) }
}
