import Vocabulary

extension SyntheticAttribute {
  static let sadness = [
    SyntheticAttribute("rain", .scene, .sadness, or: (.contentment, 0.2), rain),
    SyntheticAttribute("bench", .scene, .sadness, or: (.contentment, 0.15), bench),
    SyntheticAttribute("heartbreak", .object, .sadness, or: (.anger, 0.25), heartbreak),
    SyntheticAttribute("wilting", .object, .sadness, or: (.disgust, 0.1), wilting),
  ]

  /// Rain from a grey cloud into a puddle.
  private static func rain(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x7C8CA0, 0x8A94A0, 0x6E8496, 0x8C8CA0)
    canvas.backdrop(sky.darker(0.15), sky.lighter(0.15), to: 0.8)
    let ground = dice(0.78...0.82)
    canvas.fill(Box(-0.1, ground, 1.1, 1.1)) { sky.darker(0.4 + 0.15 * ($0.y - ground).step(0, 0.2)) }
    let puddle = Point(dice(0.4...0.6), dice(0.88...0.91))
    canvas.fill(Ellipse(puddle, Point(dice(0.3...0.38), 0.065)), sky.lighter(0.3))
    for _ in 0..<2 {
      let ring = Ellipse(puddle + Point(dice(-0.2...0.2), dice(-0.02...0.02)), Point(0.085, 0.026))
      canvas.fill(ring.cut(by: ring.grown(-0.012)), sky.darker(0.35))
    }
    let slant = dice(0.02...0.07)
    let drop = dice.ink(0xD8EAF8, 0xC8E0F4)
    for row in 0..<4 {
      for column in 0..<6 {
        let x = (Float(column) + dice(0.1...0.9)) / 6 + (row % 2 == 0 ? 0 : 0.08)
        let y = 0.36 + 0.12 * Float(row) + dice(0...0.07)
        canvas.fill(Taper(Point(x, y), Point(x - slant, y + 0.1), width: 0.012, to: 0.024), drop, opacity: 0.9)
      }
    }
    let cloud = sky.darker(0.45)
    for x in stride(from: Float(0.04), through: 1, by: 0.155) {
      canvas.ball(
        Point(x + dice(-0.03...0.03), dice(0.12...0.2)), dice(0.13...0.17), cloud.lighter(dice(0.02...0.14)),
        depth: 0.3,
        light: 0.2)
    }
    canvas.fill(Box(-0.1, -0.1, 1.1, 0.14), cloud.lighter(0.1), blur: 0.1)
  }

  /// An empty bench under a lamp in fog.
  private static func bench(_ canvas: inout Canvas, _ dice: inout Dice) {
    let fog = dice.ink(0xA8ACB0, 0xA09CA8, 0xB0A898, 0x98A6AA)
    canvas.backdrop(fog.darker(0.12), fog.lighter(0.25), to: 0.75)
    canvas.land(.hills(0.66, 0.02, &dice), fog.darker(0.12), shade: 0.1)
    let ground = dice(0.76...0.8)
    canvas.fill(Ground.flat(ground)) { fog.mixed(with: Ink(0x6A604C), 0.6).darker(0.3 * ($0.y - ground).step(0, 0.25)) }
    let iron = dice.ink(0x2E3236, 0x34302E)
    let wood = dice.ink(0x7A5436, 0x6A4A38, 0x5E5A4A)
    let (seat, lamp) = (dice(0.4...0.48), dice(0.82...0.88))
    canvas.fill(Taper(Point(lamp, ground + 0.08), Point(lamp, 0.2), width: 0.04, to: 0.03), iron)
    canvas.glow(Point(lamp, 0.16), radius: 0.32, Ink(0xFFE8B0), strength: 0.8)
    canvas.fill(Circle(lamp, 0.15, 0.06), Ink(0xFFF4CC))
    canvas.fill(Polygon((lamp - 0.08, 0.1), (lamp + 0.08, 0.1), (lamp, 0.04)).grown(0.008), iron)
    canvas.place(at: Point(seat, ground), scale: dice(0.95...1.08)) { canvas in
      canvas.fill(Ellipse(0, 0.1, 0.36, 0.035), .black, opacity: 0.35, blur: 0.05)
      for x: Float in [-0.25, 0.25] { canvas.fill(Box(x - 0.022, -0.26, x + 0.022, 0.1), iron) }
      for y: Float in [-0.27, -0.175] { canvas.fill(Box(-0.33, y, 0.33, y + 0.066, corner: 0.01), wood.lighter(0.1)) }
      canvas.fill(Box(-0.36, -0.05, 0.36, 0.02, corner: 0.015), wood.lighter(0.22))
      canvas.fill(Box(-0.36, 0.005, 0.36, 0.035, corner: 0.01), wood.darker(0.3))
    }
    for _ in 0..<dice.whole(3...5) {
      let leaf = Point(dice(0.05...0.95), dice(ground + 0.08...0.97))
      canvas.fill(Ellipse(leaf, Point(0.036, 0.018)), dice.ink(0xB8682C, 0xA8842C, 0x9A4A2A))
    }
  }

  private static func heart() -> [Point] {
    let side = Stroke.curve(from: Point(0, -0.42), bend: [Point(0.3, -1.05), Point(1.3, -0.55)], to: Point(0.8, 0.1))
    let low = Stroke.curve(from: Point(0.8, 0.1), bend: [Point(0.6, 0.45)], to: Point(0, 1), pieces: 4)
    return side + low.dropFirst()
  }

  /// A heart that is broken in two.
  private static func heartbreak(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0x46506E, 0x5A4C66, 0x3E5662, 0x565660)
    canvas.fill { point in
      wall.lighter(0.2).mixed(with: wall.darker(0.35), ((point - Point(0.5, 0.5)).length * 1.4).step(0, 1))
    }
    let ink = dice.ink(0xC42438, 0xA82038, 0xD03850, 0x9C2A4A)
    let scale = dice(0.31...0.36)
    let center = Point(dice(0.46...0.54), dice(0.47...0.51))
    let (gap, turn) = (dice(0.06...0.14), dice(0.012...0.03))
    let swing = dice(0.13...0.2) * dice.side()
    let crack = [
      Point(0, -1.2), Point(0, -0.42), Point(swing, -0.15), Point(-swing, 0.12), Point(swing * 0.8, 0.4),
      Point(0, 1.05),
    ]
    let right = Self.heart()
    let whole = Polygon(right + right.reversed().map { Point(-$0.x, $0.y) })
    for side: Float in [-1, 1] {
      let half = Polygon(crack + [Point(side * 2, 1.05), Point(side * 2, -1.2)])
      canvas.place(at: center + Point(side * gap * scale, 0), scale: scale, turn: side * turn) { canvas in
        canvas.fill(whole.common(with: half)) { point in
          let lit = max(0, 1 - (point - Point(-0.45, -0.45)).length / 0.7)
          return ink.darker(0.35 * point.y.step(-0.2, 1)).lighter(0.35 * lit)
        }
      }
    }
    for _ in 0..<dice.whole(1...2) {
      let tear = center + Point(dice(-0.2...0.2), dice(0.34...0.4))
      canvas.fill(
        Circle(tear, 0.028).union(
          Polygon([tear + Point(0, -0.075), tear + Point(-0.025, -0.01), tear + Point(0.025, -0.01)])), Ink(0x8CC8F0))
    }
  }

  /// A wilting flower in a pot.
  private static func wilting(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0xC4BCC8, 0xBCC4C4, 0xCCC4B4, 0xB4B8C8)
    canvas.backdrop(wall.lighter(0.15), wall.darker(0.12))
    let table = dice(0.82...0.86)
    canvas.fill(Ground.flat(table)) { wall.mixed(with: Ink(0x6A5A50), 0.65).darker(0.2 * ($0.y - table).step(0, 0.15)) }
    let pot = dice.ink(0xB0603C, 0x8A7468, 0x6A7C8C, 0xA87850)
    let petal = dice.ink(0xA04860, 0x8A5078, 0xA86A38, 0x7A5A8A, 0xB05A50)
    let stem = dice.ink(0x6A7A38, 0x74702E, 0x5E7048)
    let (reach, droop) = (dice(0.26...0.34), dice(0.46...0.54))
    canvas.place(at: Point(dice(0.34...0.42), 0)) { canvas in
      let head = Point(reach, droop)
      for index in 0..<2 {
        let x = reach + dice(-0.1...0.18)
        canvas.fill(Ellipse(x, table + 0.05 + 0.04 * Float(index), 0.05, 0.024), petal.darker(0.15))
      }
      canvas.fill(
        Stroke(
          from: Point(0, 0.66), bend: [Point(-0.06, 0.02), Point(reach, 0.02)], to: head, width: 0.042, thin: 0.03,
          pieces: 12), stem)
      canvas.fill(
        Stroke(from: Point(-0.01, 0.46), bend: [Point(-0.16, 0.34)], to: Point(-0.22, 0.56), width: 0.075, thin: 0.015),
        stem.darker(0.15))
      for index in -2...2 {
        let turn = Float(index) * 0.075
        canvas.place(at: head, turn: turn) { canvas in
          canvas.fill(Ellipse(0, 0.12, 0.052, 0.12)) {
            petal.darker(0.1 * abs(Float(index)) + 0.3 * $0.y.step(0.05, 0.24))
          }
        }
      }
      canvas.ball(head + Point(0, 0.02), 0.058, stem.darker(0.1), light: 0.15)
      canvas.fill(Ellipse(0, 0.93, 0.2, 0.03), .black, opacity: 0.3, blur: 0.04)
      canvas.fill(Polygon((-0.15, 0.66), (0.15, 0.66), (0.11, 0.92), (-0.11, 0.92)).grown(0.01)) { point in
        pot.lighter(0.15).darker(0.5 * point.x.step(-0.12, 0.16))
      }
      canvas.fill(Box(-0.18, 0.62, 0.18, 0.69, corner: 0.015)) {
        pot.lighter(0.25).darker(0.45 * $0.x.step(-0.12, 0.18))
      }
    }
  }
}
