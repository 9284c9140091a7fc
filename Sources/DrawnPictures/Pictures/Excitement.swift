import Vocabulary

extension SyntheticAttribute {
  static let excitement = [
    SyntheticAttribute("fireworks", .scene, .excitement, or: (.awe, 0.25), fireworks),
    SyntheticAttribute("concert", .scene, .excitement, or: (.amusement, 0.2), concert),
    SyntheticAttribute("rocket", .object, .excitement, or: (.awe, 0.3), rocket),
    SyntheticAttribute("racecar", .object, .excitement, or: (.amusement, 0.1), racecar),
  ]

  private static let neon: [UInt32] = [0xFF4060, 0xFFB028, 0x50E870, 0x40B8FF, 0xE060FF, 0xFFF060]

  /// Two or three bursts over a dark town.
  private static func fireworks(_ canvas: inout Canvas, _ dice: inout Dice) {
    let night = dice.ink(0x0C1030, 0x180C34, 0x081830)
    canvas.backdrop(night, night.lighter(0.14))
    let inks = dice.shuffled(neon)
    let count = dice.whole(2...3)
    let turn = dice(0...1)
    for burst in 0..<count {
      let around = turn + Float(burst) / Float(count)
      let center = Point(0.5, 0.4) + Point(turns: around, radius: 0.24) * Point(1, 0.7)
      let radius = dice(0.2...0.27)
      let ink = dice.near(Ink(inks[burst]))
      let (rays, phase) = (dice.whole(9...12), dice(0...1))
      canvas.glow(center, radius: radius * 1.3, ink, strength: 0.5)
      for ray in 0..<rays {
        let direction = Point(turns: phase + Float(ray) / Float(rays), radius: radius)
        canvas.fill(
          Taper(center + direction * 0.28, center + direction * 0.92, width: 0.012, to: 0.028), ink.lighter(0.15))
        canvas.fill(Circle(center + direction, 0.022), ink.lighter(0.6))
      }
      canvas.fill(Circle(center, 0.04), .white, blur: 0.04)
    }
    var x: Float = -0.05
    while x < 1 {
      let width = dice(0.1...0.18)
      canvas.fill(Box(x, dice(0.82...0.92), x + width, 1.1), night.darker(0.6))
      x += width
    }
  }

  /// Coloured beams of light over a cheering crowd.
  private static func concert(_ canvas: inout Canvas, _ dice: inout Dice) {
    let dark = dice.ink(0x14081E, 0x0A0A24, 0x1E0818)
    canvas.backdrop(dark, dark.lighter(0.08))
    let inks = dice.shuffled(neon)
    let count = dice.whole(3...5)
    for beam in 0..<count {
      let share = (Float(beam) + 0.5) / Float(count)
      let source = Point(0.1 + 0.8 * share, -0.06)
      let target = Point(share + dice(-0.22...0.22), 0.95)
      let ink = dice.near(Ink(inks[beam]))
      let half = dice(0.09...0.14)
      let cone = Polygon([
        source + Point(-0.02, 0), source + Point(0.02, 0), target + Point(half, 0), target + Point(-half, 0),
      ])
      canvas.shine(cone, blur: 0.03) { ink * (0.85 - 0.45 * $0.y) }
      canvas.fill(Circle(source + Point(0, 0.07), 0.03), ink.lighter(0.7), blur: 0.02)
    }
    let glow = dice.near(Ink(inks[5]))
    canvas.glow(Point(dice(0.4...0.6), 0.82), radius: 0.5, glow, strength: 0.55)
    for row in 0..<2 {
      let level = 0.8 + 0.1 * Float(row)
      var x = dice(-0.05...0.05)
      while x < 1.05 {
        let y = level + dice(-0.02...0.02)
        let ink = dark.darker(row == 0 ? 0.2 : 0.6)
        if dice.chance(0.4) {
          for side: Float in [-1, 1] {
            let elbow = Point(x + side * 0.05, y - 0.02)
            canvas.fill(Stroke([Point(x, y + 0.08), elbow, elbow + Point(side * 0.01, -0.11)], width: 0.026), ink)
          }
        }
        canvas.fill(Circle(x, y, 0.048).union(Box(x - 0.07, y + 0.045, x + 0.07, 1.1, corner: 0.03)), ink)
        x += dice(0.13...0.17)
      }
    }
  }

  /// A rocket in flight.
  private static func rocket(_ canvas: inout Canvas, _ dice: inout Dice) {
    let skies: [(UInt32, UInt32)] = [
      (0x14286A, 0x6CA8E8), (0x281450, 0xE87890), (0x0E3A6A, 0x9ADCF0), (0x201848, 0xFFA860),
    ]
    let (high, low) = dice.pick(skies)
    canvas.backdrop(dice.near(Ink(high)), dice.near(Ink(low)))
    canvas.stars(dice.whole(4...8), bottom: 0.5, &dice)
    let (turn, hull) = (dice(-0.07...0.07), dice.ink(0xF4F4F8, 0xE8ECF2, 0xFFE9D0))
    let trim = dice.ink(0xE0342C, 0xF08A1C, 0x2A6AD8, 0x2FA860, 0xC03AA8)
    let center = Point(dice(0.46...0.54), dice(0.4...0.46))
    let tail = Point(-Wave.sine(turn), Wave.cosine(turn))
    for _ in 0..<7 {
      let puff = center + tail * dice(0.48...0.68) + Point(dice(-0.2...0.2), dice(-0.03...0.1))
      canvas.fill(Circle(puff, dice(0.08...0.13)), Ink(0xF4EEE8), opacity: 0.8, blur: 0.05)
    }
    canvas.place(at: center, scale: dice(0.95...1.08), turn: turn) { canvas in
      func drop(_ half: Float, _ reach: Float) -> Polygon {
        let side = Stroke.curve(from: Point(0, 0.2), bend: [Point(half * 2, 0.24)], to: Point(0, 0.2 + reach))
        return Polygon(side + side.reversed().map { Point(-$0.x, $0.y) })
      }
      canvas.glow(Point(0, 0.32), radius: 0.32, Ink(0xFF9A30), strength: 0.7)
      canvas.fill(drop(0.12, 0.36), Ink(0xFF7A18))
      canvas.fill(drop(0.07, 0.24), Ink(0xFFE860))
      for side: Float in [-1, 1] {
        let fin = [Point(0.08, 0.04), Point(0.22, 0.2), Point(0.21, 0.29), Point(0.07, 0.2)]
        canvas.fill(Polygon(fin.map { Point($0.x * side, $0.y) }), trim.darker(side > 0 ? 0.25 : 0.05))
      }
      let side = Stroke.curve(
        from: Point(0, -0.36), bend: [Point(0.15, -0.2), Point(0.16, 0.08)], to: Point(0.085, 0.22), pieces: 10)
      let body = Polygon(side + side.reversed().map { Point(-$0.x, $0.y) })
      canvas.fill(body) { hull.darker(0.38 * $0.x.step(-0.08, 0.14)) }
      canvas.fill(body.common(with: Box(-1, -1, 1, -0.18))) { trim.darker(0.35 * $0.x.step(-0.08, 0.1)) }
      canvas.fill(Circle(0, -0.06, 0.066), trim.darker(0.25))
      canvas.ball(Point(0, -0.06), 0.047, Ink(0x7CD4F8), light: 0.7)
    }
  }

  /// A racing car at speed.
  private static func racecar(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x70BDEE, 0xFFC47A, 0x98CDEB, 0xB4A6E6)
    canvas.backdrop(sky, sky.lighter(0.6), to: 0.5)
    canvas.land(.hills(dice(0.44...0.5), 0.03, &dice), dice.ink(0x66B052, 0x84B858, 0x4E9C5E), shade: 0.15)
    let edge = dice(0.58...0.62)
    let phase = dice(0...1)
    canvas.fill(Box(-0.1, edge - 0.05, 1.1, edge)) { point in
      Ink(0xF6F2EE).mixed(with: Ink(0xD83030), Wave.sine(point.x * 4 + phase).step(-0.2, 0.2))
    }
    let road = dice.ink(0x585C66, 0x4A4C58, 0x66625E)
    canvas.fill(Box(-0.1, edge, 1.1, 1.1)) { road.darker(0.3 * ($0.y - edge).step(0, 0.4)) }
    let paint = dice.ink(0xE02C2C, 0x2468D8, 0xF2C41C, 0x22A050, 0xF07818, 0xB838B0)
    for y: Float in [0.5, 0.62, 0.72] {
      let x = dice(0...0.12)
      canvas.fill(
        Taper(Point(x, y + dice(-0.02...0.02)), Point(x + dice(0.12...0.22), y), width: 0.02), .white, opacity: 0.7)
    }
    canvas.place(at: Point(dice(0.5...0.56), dice(0.7...0.74)), scale: dice(0.94...1.06)) { canvas in
      canvas.fill(Ellipse(0, 0.1, 0.42, 0.045), .black, opacity: 0.45, blur: 0.05)
      canvas.fill(Box(-0.4, -0.19, -0.27, -0.15, corner: 0.015), paint.darker(0.3))
      canvas.fill(Box(-0.35, -0.17, -0.31, -0.02), paint.darker(0.45))
      canvas.fill(Circle(-0.06, -0.1, 0.085), Ink(0xF8F4F0))
      canvas.fill(Box(-0.08, -0.13, 0.04, -0.08, corner: 0.02), Ink(0x203048))
      let body = Polygon(
        (-0.38, -0.06), (-0.22, -0.13), (-0.12, -0.06), (0.06, -0.06), (0.4, 0.02), (0.42, 0.07), (-0.36, 0.07)
      ).grown(0.012)
      canvas.fill(body) { paint.lighter(0.2 * (-$0.y).step(-0.05, 0.12)).darker(0.3 * $0.y.step(0, 0.09)) }
      canvas.fill(Box(0.34, 0.055, 0.46, 0.085, corner: 0.01), paint.darker(0.4))
      canvas.fill(Circle(0.05, 0.005, 0.05), .white)
      for x: Float in [-0.25, 0.27] {
        canvas.fill(Circle(x, 0.05, 0.1), Ink(0x1A1A20))
        canvas.ball(Point(x, 0.05), 0.045, Ink(0xC8CCD4))
      }
    }
  }
}
