import Vocabulary

extension SyntheticAttribute {
  static let disgust = [
    SyntheticAttribute("slime", .object, .disgust, or: (.amusement, 0.15), slime),
    SyntheticAttribute("cockroach", .object, .disgust, or: (.fear, 0.3), cockroach),
    SyntheticAttribute("garbage", .scene, .disgust, or: (.anger, 0.25), garbage),
    SyntheticAttribute("sewer", .scene, .disgust, sewer),
  ]

  /// Slime that runs down from above and collects at the bottom.
  private static func slime(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0x7A5C7A, 0x8A7A5A, 0x5E6470, 0x8C6A5A)
    canvas.backdrop(wall.lighter(0.15), wall.darker(0.2))
    let ink = dice.ink(0x7ED321, 0x9ACD32, 0x5DBB3A, 0xB4D62A)
    let ceiling = Box(-0.2, -0.5, 1.2, dice(0.14...0.2))
    func tint(_ point: Point) -> Ink { ink.darker(0.3 * point.y.step(0.1, 0.9)) }
    let count = dice.whole(4...5)
    for drip in 0..<count {
      let x = (Float(drip) + 0.5) / Float(count) + dice(-0.03...0.03)
      let (end, width) = (dice(0.3...0.72), dice(0.1...0.13))
      let run = Taper(Point(x, 0), Point(x, end), width: width, to: width * 0.85)
        .union(Circle(x, end + 0.02, width * 0.68))
      canvas.fill(ceiling.melted(with: run, 0.12), tint)
      canvas.fill(
        Taper(Point(x - width * 0.22, 0.1), Point(x - width * 0.22, end), width: 0.025), .white, opacity: 0.4,
        blur: 0.03)
    }
    let pool = Ground(level: dice(0.86...0.9), waves: [(0.02, 1.3, dice(0...1))])
    canvas.fill(pool) { point in ink.darker(0.15 + 0.25 * (point.y - 0.86).step(0, 0.14)) }
    for _ in 0..<3 { canvas.ball(Point(dice(0.1...0.9), dice(0.86...0.93)), dice(0.035...0.055), ink, light: 0.7) }
  }

  /// A cockroach on tiles.
  private static func cockroach(_ canvas: inout Canvas, _ dice: inout Dice) {
    let tile = dice.ink(0xE0D8C4, 0xD2DAD2, 0xDCC8B0, 0xC8D2DA)
    let shift = Point(dice(0...1), dice(0...1))
    canvas.fill { point in
      let across = abs(Wave.sine(point.x * 1.1 + shift.x))
      let down = abs(Wave.sine(point.y * 1.1 + shift.y))
      return tile.darker(0.2 * (1 - min(across, down).step(0.02, 0.14)))
    }
    let shell = dice.ink(0x6A3414, 0x7C4018, 0x542A16, 0x8A4A1A)
    canvas.place(at: Point(dice(0.46...0.54), dice(0.48...0.54)), scale: dice(0.95...1.1), turn: dice(-0.16...0.16)) {
      canvas in
      canvas.fill(Ellipse(0.03, 0.07, 0.2, 0.36), .black, opacity: 0.3, blur: 0.1)
      let legs: [(Float, Float, Float)] = [(-0.12, -0.2, -0.3), (0.02, 0.02, 0.1), (0.14, 0.2, 0.38)]
      for side: Float in [-1, 1] {
        for (root, knee, foot) in legs {
          canvas.fill(
            Stroke(
              [Point(side * 0.1, root), Point(side * 0.27, knee), Point(side * 0.36, foot)], width: 0.04, to: 0.018),
            shell.darker(0.35))
        }
        canvas.fill(
          Stroke(
            from: Point(side * 0.04, -0.28), bend: [Point(side * 0.08, -0.48)], to: Point(side * 0.3, -0.46),
            width: 0.02,
            thin: 0.012), shell.darker(0.35))
      }
      canvas.fill(Ellipse(0, 0.06, 0.16, 0.3)) { point in
        let lit = max(0, 1 - (point - Point(-0.05, -0.05)).length / 0.18)
        return shell.darker(0.35 * abs(point.x) / 0.16).lighter(0.3 * lit)
      }
      for y: Float in [0.1, 0.2, 0.29] {
        canvas.fill(
          Stroke(from: Point(-0.12, y - 0.03), bend: [Point(0, y + 0.05)], to: Point(0.12, y - 0.03), width: 0.014),
          shell.darker(0.5))
      }
      canvas.fill(Taper(Point(0, -0.14), Point(0, 0.34), width: 0.014), shell.darker(0.6))
      canvas.fill(Ellipse(0, -0.19, 0.125, 0.09)) { shell.lighter(0.25 - 0.2 * abs($0.x) / 0.12) }
      canvas.fill(Circle(0, -0.28, 0.055), shell.darker(0.4))
    }
  }

  /// A full bin with bags beside it and flies above it.
  private static func garbage(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0x8C8A6E, 0x7E7A78, 0x94846A, 0x727E74)
    canvas.backdrop(wall.lighter(0.12), wall.darker(0.1))
    let ground = dice(0.76...0.8)
    canvas.fill(Box(-0.1, ground, 1.1, 1.1)) { wall.darker(0.4 + 0.2 * ($0.y - ground).step(0, 0.25)) }
    let metal = dice.ink(0x9AA4A8, 0x7E8C80, 0x8C949E)
    let bag = dice.ink(0x26262E, 0x2C3430, 0x3A3038)
    let (x, other) = (dice(0.4...0.46), dice(0.72...0.78))
    for (index, rot) in dice.shuffled([0x8A5A28, 0x6E8A2A, 0xB8A040, 0x9C3C30]).prefix(4).enumerated() {
      let center = Point(x - 0.15 + 0.1 * Float(index), dice(0.3...0.36))
      canvas.ball(center, dice(0.085...0.11), dice.near(Ink(UInt32(rot))), depth: 0.4, light: 0.15)
    }
    canvas.place(at: Point(x, 0), turn: 0) { canvas in
      canvas.fill(Ellipse(0.02, 0.88, 0.3, 0.04), .black, opacity: 0.4, blur: 0.05)
      canvas.fill(Polygon((-0.24, 0.4), (0.24, 0.4), (0.19, 0.88), (-0.19, 0.88)).grown(0.01)) { point in
        let rib = Wave.cosine(point.x * 8.4 / (1.25 - point.y * 0.4))
        let round = metal.darker(0.5 * abs(point.x + 0.06) / 0.26)
        return round.darker(0.22 * rib.step(0, 0.8))
      }
      canvas.fill(Box(-0.27, 0.37, 0.27, 0.43, corner: 0.03)) {
        metal.lighter(0.2).darker(0.35 * $0.x.step(-0.1, 0.27))
      }
    }
    for (center, radius) in [(Point(other, 0.76), dice(0.15...0.18)), (Point(other + 0.17, 0.82), dice(0.11...0.13))] {
      canvas.fill(
        Polygon([
          center + Point(0, -radius * 0.8), center + Point(-0.06, -radius * 1.45), center + Point(0.06, -radius * 1.45),
        ]).grown(0.01), bag.lighter(0.15))
      canvas.ball(center, radius, bag, depth: 0.3, light: 0.35)
    }
    let smell = dice.ink(0xA8C832, 0x98B040)
    for index in 0..<2 {
      let (left, phase) = (x - 0.1 + 0.22 * Float(index), dice(0...1))
      let line = (0...7).map { step -> Point in
        let rise = Float(step)
        return Point(left + 0.03 * Wave.sine(rise * 0.17 + phase), 0.22 - 0.028 * rise)
      }
      canvas.fill(Stroke(line, width: 0.032, to: 0.015), smell, opacity: 0.8)
    }
    for _ in 0..<dice.whole(3...4) {
      let fly = Point(dice(0.55...0.92), dice(0.1...0.5))
      for side: Float in [-1, 1] {
        canvas.fill(Ellipse(fly + Point(side * 0.022, -0.018), Point(0.022, 0.014)), .white, opacity: 0.7)
      }
      canvas.fill(Circle(fly, 0.02), Ink(0x18181C))
    }
  }

  /// A pipe in a wall that pours sludge into a pool.
  private static func sewer(_ canvas: inout Canvas, _ dice: inout Dice) {
    let brick = dice.ink(0x5E5648, 0x6A5448, 0x4E5A52, 0x665E4A)
    let shift = dice(0...1)
    canvas.fill { point in
      let row = (point.y * 7 + shift).rounded(.down)
      let (u, v) = (point.x * 3.5 + row * 0.5, point.y * 7 + shift)
      let gap = min(0.5 - abs(u - u.rounded(.down) - 0.5), (0.5 - abs(v - row - 0.5)) * 0.5)
      return brick.lighter(0.1 * Wave.sine(row * 0.37)).darker(0.35 * (1 - gap.step(0.01, 0.06)) + 0.2 * point.y)
    }
    let sludge = dice.ink(0x7C9A1E, 0x8A7A1C, 0x5E8A28, 0x96A028)
    let (center, radius) = (Point(dice(0.44...0.56), dice(0.34...0.4)), dice(0.2...0.25))
    let metal = dice.ink(0x8A8E90, 0x7A6A5A, 0x6A7C7C)
    canvas.fill(Circle(center + Point(0.02, 0.03), radius * 1.32), .black, opacity: 0.4, blur: 0.06)
    canvas.fill(Circle(center, radius * 1.26)) {
      metal.lighter(0.2).darker(0.6 * ($0 - center).dot(Point(0.7, 0.7)).step(-0.25, 0.3))
    }
    canvas.fill(Circle(center, radius)) { Ink(0x0C0C0A).lighter(0.12 * ($0.y - center.y).step(0, radius)) }
    let level = dice(0.78...0.83)
    let lip = center.y + radius * 0.35
    let (half, phase) = (radius * dice(0.62...0.75), dice(0...1))
    let inside = Circle(center, radius * 0.98).common(with: Box(-1, lip, 2, 2))
    let fall = Polygon([
      Point(center.x - half, lip + 0.04), Point(center.x + half, lip + 0.04),
      Point(center.x + half * 1.15, level + 0.05),
      Point(center.x - half * 1.15, level + 0.05),
    ])
    canvas.fill(inside.union(fall)) { point in
      let stripe = Wave.sine((point.x - center.x) / half * 1.4 + phase)
      return sludge.lighter(0.22 * stripe.step(0.2, 1)).darker(0.25 * (-stripe).step(0.2, 1))
    }
    let pool = Ground(level: level, waves: [(0.012, 2.2, dice(0...1))])
    canvas.fill(pool) { point in
      let ripple = Wave.sine((point.y - level) * 9 + 0.2 * Wave.sine(point.x * 1.5))
      return sludge.darker(0.2 + 0.3 * (point.y - level).step(0, 0.2)).lighter(0.12 * ripple.step(0, 1))
    }
    canvas.fill(Ellipse(center.x, level + 0.03, half * 1.5, 0.035), sludge.lighter(0.4), opacity: 0.8, blur: 0.03)
  }
}
