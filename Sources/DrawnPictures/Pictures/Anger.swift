import Vocabulary

extension SyntheticAttribute {
  static let anger = [
    SyntheticAttribute("flame", .object, .anger, or: (.excitement, 0.2), flame),
    SyntheticAttribute("lightning", .scene, .anger, or: (.fear, 0.3), lightning),
    SyntheticAttribute("volcano", .scene, .anger, or: (.awe, 0.3), volcano),
    SyntheticAttribute("bull", .object, .anger, or: (.fear, 0.2), bull),
  ]

  /// A flame of one unit height with its base at (0, 0).
  private static func tongue(lean: Float, width: Float) -> Polygon {
    let tip = Point(lean, -1)
    let left = Stroke.curve(
      from: tip, bend: [Point(-width * 0.2, -0.6), Point(-width * 1.5, -0.2)], to: Point(-width * 0.4, 0))
    let right = Stroke.curve(
      from: Point(width * 0.4, 0), bend: [Point(width * 1.5, -0.2), Point(width * 0.5 + lean, -0.5)], to: tip)
    return Polygon(left + right)
  }

  /// A fire in the dark.
  private static func flame(_ canvas: inout Canvas, _ dice: inout Dice) {
    let dark = dice.ink(0x240806, 0x2C0C10, 0x1C0A14)
    canvas.backdrop(dark, dark.lighter(0.05))
    let foot = Point(dice(0.46...0.54), dice(0.9...0.95))
    canvas.glow(foot + Point(0, -0.3), radius: 0.75, Ink(0xE03010), strength: 0.6)
    let height = dice(0.62...0.76)
    let lean = dice(-0.12...0.12)
    let sides = [(Float(-0.19), dice(0.55...0.8)), (Float(0.19), dice(0.55...0.8)), (Float(0), Float(1))]
    let layers: [(UInt32, Float)] = [(0xD82A0C, 1), (0xFF8418, 0.74), (0xFFD83C, 0.5), (0xFFF8C8, 0.27)]
    for (code, share) in layers {
      let ink = dice.near(Ink(code), 0.03)
      for (x, reach) in sides where share > 0.3 || x == 0 {
        canvas.place(at: foot + Point(x * (0.4 + 0.6 * share), 0), scale: height * reach * share) { canvas in
          canvas.fill(Self.tongue(lean: lean + x * 0.4, width: 0.27 / reach)) { ink.darker(0.12 * (-$0.y)) }
        }
      }
    }
    for side: Float in [-1, 1] {
      canvas.fill(
        Taper(foot + Point(-0.26, 0.03 * side), foot + Point(0.26, -0.03 * side), width: 0.07),
        Ink(0x4A2616).darker(0.15))
    }
  }

  /// A bolt of lightning from a black cloud.
  private static func lightning(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x3A3A5C, 0x4A3A58, 0x2E4058, 0x50424A)
    canvas.backdrop(sky.darker(0.35), sky.lighter(0.2))
    let start = Point(dice(0.42...0.6), 0.24)
    let end = Point(start.x + dice(-0.14...0.14), dice(0.84...0.9))
    canvas.glow(start.mixed(with: end, 0.4), radius: 0.55, Ink(0x9C90FF), strength: 0.55)
    canvas.land(.hills(0.86, 0.02, &dice), sky.darker(0.75))
    let side = dice.side()
    let swing = dice(0.09...0.13) * side
    let middle = start.mixed(with: end, 0.45)
    let points = [start, middle + Point(-swing, 0.02), middle + Point(swing, -0.05), end]
    let bolt = Stroke(points, width: 0.085, to: 0.02)
    let ink = dice.ink(0xFFF6B0, 0xFFF0FF, 0xFFE878)
    canvas.fill(bolt.grown(0.03), Ink(0xC8B0FF), opacity: 0.55, blur: 0.05)
    if dice.chance(0.6) {
      let knee = points[2]
      canvas.fill(
        Stroke([knee, knee + Point(swing * 1.2, 0.12), knee + Point(swing * 0.9, 0.24)], width: 0.04, to: 0.012), ink)
    }
    canvas.fill(bolt, ink)
    let cloud = sky.darker(0.6)
    for x in stride(from: Float(-0.02), through: 1.05, by: 0.17) {
      let center = Point(x + dice(-0.04...0.04), dice(0.06...0.16))
      canvas.ball(center, dice(0.13...0.18), cloud.lighter(dice(0.03...0.14)), depth: 0.4, light: 0.08)
    }
  }

  /// An erupting volcano.
  private static func volcano(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x4A1A20, 0x38182C, 0x5A2418, 0x2A1C34)
    let rim = dice(0.4...0.46)
    let x = dice(0.44...0.56)
    canvas.backdrop(sky.darker(0.35), sky.mixed(with: Ink(0xE85A28), 0.5), to: 0.9)
    for _ in 0..<7 {
      let puff = Point(x + dice(-0.26...0.26), dice(0.02...0.16))
      canvas.ball(puff, dice(0.1...0.16), sky.mixed(with: Ink(0x3A3436), 0.7), depth: 0.45, light: 0.1)
    }
    let lava = dice.ink(0xFF7818, 0xFF5A14, 0xFF9420)
    canvas.glow(Point(x, rim), radius: 0.45, lava, strength: 0.8)
    for index in 0..<5 {
      let tilt = (Float(index) - 2) / 2 + dice(-0.1...0.1)
      let reach = dice(0.26...0.36) * (1.1 - 0.4 * abs(tilt))
      let bend = [Point(x + tilt * 0.1, rim - reach * 1.3)]
      let end = Point(x + tilt * 0.3, rim - reach * (1 - 0.55 * abs(tilt)))
      let ink = lava.lighter(0.1 + 0.15 * (1 - abs(tilt)))
      canvas.fill(Stroke(from: Point(x, rim + 0.04), bend: bend, to: end, width: 0.07, thin: 0.03), ink)
      canvas.fill(Circle(end, 0.028), Ink(0xFFE070))
    }
    let rock = dice.ink(0x3A2828, 0x2E2630, 0x443028)
    let half = dice(0.1...0.12)
    let foot = dice(0.5...0.6)
    let slope = Stroke.curve(from: Point(half, rim), bend: [Point(half + 0.1, 0.75)], to: Point(foot, 1.02))
    canvas.place(at: Point(x, 0)) { canvas in
      canvas.fill(Polygon(slope + slope.reversed().map { Point(-$0.x, $0.y) })) { point in
        rock.lighter(0.12 * point.x.step(0.1, -0.4)).darker(0.45 * point.x.step(0, 0.4))
      }
      for tilt in [dice(-0.75 ... -0.5), dice(-0.1...0.15), dice(0.5...0.75)] where dice.chance(0.85) {
        let end = Point(tilt * 0.42, dice(0.78...0.98))
        canvas.fill(
          Stroke(
            from: Point(tilt * half * 0.8, rim), bend: [Point(tilt * 0.1, 0.68)], to: end, width: 0.045, thin: 0.065),
          lava)
        canvas.fill(
          Stroke(
            from: Point(tilt * half * 0.8, rim), bend: [Point(tilt * 0.1, 0.68)], to: end, width: 0.018, thin: 0.025),
          Ink(0xFFE070))
      }
      canvas.fill(Ellipse(0, rim + 0.005, half, 0.028), Ink(0xFFD860))
    }
  }

  /// A bull's head, seen from the front.
  private static func bull(_ canvas: inout Canvas, _ dice: inout Dice) {
    let cloth = dice.ink(0xC8201C, 0xD8401C, 0xB01830, 0xE06020)
    canvas.fill { point in cloth.lighter(0.18).mixed(with: cloth.darker(0.3), (point - Point(0.5, 0.45)).length * 1.5) }
    let hide = dice.ink(0x3A2420, 0x2A2226, 0x4E2E1E, 0x221C1C)
    let horn = dice.ink(0xF4E8CC, 0xE8D8B0)
    let rise = dice(0.2...0.3)
    canvas.place(at: Point(dice(0.46...0.54), dice(0.54...0.58)), scale: dice(0.95...1.08), turn: dice(-0.025...0.025))
    {
      canvas in
      for side: Float in [-1, 1] {
        let curve = [Point(side * 0.4, -0.18), Point(side * 0.42, -rise - 0.06)]
        canvas.fill(
          Stroke(
            from: Point(side * 0.12, -0.2), bend: curve, to: Point(side * 0.3, -rise - 0.16), width: 0.115, thin: 0.015),
          horn.darker(side > 0 ? 0.15 : 0))
        canvas.fill(
          Taper(Point(side * 0.15, -0.08), Point(side * 0.33, -0.03), width: 0.11, to: 0.05), hide.lighter(0.08))
      }
      let cheek = Stroke.curve(from: Point(0.2, -0.24), bend: [Point(0.26, -0.02)], to: Point(0.13, 0.26))
      canvas.fill(Polygon(cheek + cheek.reversed().map { Point(-$0.x, $0.y) }).grown(0.025)) { point in
        hide.lighter(0.14 * max(0, 1 - abs(point.x + 0.03) / 0.14))
      }
      canvas.fill(Ellipse(0, 0.26, 0.185, 0.125)) { hide.lighter(0.34).darker(0.3 * ($0.y - 0.26).step(0, 0.12)) }
      for side: Float in [-1, 1] {
        canvas.fill(Ellipse(side * 0.08, 0.24, 0.035, 0.028), Ink(0x140C0C))
        canvas.fill(Ellipse(side * 0.115, -0.04, 0.055, 0.04), Ink(0xFFE048))
        canvas.fill(Circle(side * 0.105, -0.035, 0.026), Ink(0xB00808))
        canvas.fill(Taper(Point(side * 0.19, -0.13), Point(side * 0.05, -0.055), width: 0.045), hide.darker(0.5))
        canvas.fill(Circle(side * 0.27, 0.34, 0.07), .white, opacity: 0.6, blur: 0.08)
        canvas.fill(Circle(side * 0.35, 0.38, 0.055), .white, opacity: 0.5, blur: 0.08)
      }
      canvas.fill(Ring(center: Point(0, 0.33), radius: 0.06, width: 0.026), Ink(0xF2C230))
    }
  }
}
