import Vocabulary

extension SyntheticAttribute {
  static let contentment = [
    SyntheticAttribute("sunset", .scene, .contentment, or: (.awe, 0.3), sunset),
    SyntheticAttribute("beach", .scene, .contentment, or: (.amusement, 0.2), beach),
    SyntheticAttribute("cottage", .object, .contentment, cottage),
    SyntheticAttribute("coffee", .object, .contentment, coffee),
  ]

  /// The sun half below the sea, reflected in the water.
  private static func sunset(_ canvas: inout Canvas, _ dice: inout Dice) {
    let skies: [(UInt32, UInt32)] = [
      (0x5A3C8C, 0xFF9A4A), (0xC84C6C, 0xFFC860), (0x38508C, 0xFFA878), (0xE87048, 0xFFD880),
    ]
    let (high, low) = dice.pick(skies)
    let (top, bottom) = (dice.near(Ink(high)), dice.near(Ink(low)))
    let horizon = dice(0.54...0.64)
    canvas.backdrop(top, bottom, to: horizon)
    let sun = Point(dice(0.32...0.68), horizon - dice(-0.01...0.06))
    let radius = dice(0.14...0.18)
    let light = dice.ink(0xFFF0A0, 0xFFE070, 0xFFF6D0)
    canvas.orb(sun, radius, light, halo: 3, strength: 0.6)
    if dice.chance(0.6) {
      for _ in 0..<2 {
        let (x, y) = (dice(0.1...0.9), dice(0.12...0.32))
        canvas.fill(
          Taper(Point(x - 0.18, y), Point(x + 0.18, y), width: 0.05), top.mixed(with: bottom, 0.7).lighter(0.15),
          opacity: 0.6, blur: 0.04)
      }
    }
    let sea = top.mixed(with: Ink(0x203060), 0.45)
    canvas.fill(Box(-0.1, horizon, 1.1, 1.1)) { point in
      bottom.darker(0.15).mixed(with: sea, (point.y - horizon).step(-0.08, 0.3))
    }
    var y = horizon + 0.03
    while y < 0.98 {
      let half = (radius * 0.85 + (y - horizon) * 0.12) * dice(0.55...1)
      let x = sun.x + dice(-0.03...0.03)
      canvas.fill(Taper(Point(x - half, y), Point(x + half, y), width: 0.028), light, opacity: 0.8)
      y += 0.065
    }
    if dice.chance(0.6) {
      let side = dice.side()
      let edge = side > 0 ? dice(0.8...0.95) : dice(0.05...0.2)
      canvas.fill(
        Ellipse(edge, horizon + 0.01, dice(0.2...0.3), dice(0.07...0.12)).common(with: Box(-1, -1, 2, horizon)),
        top.darker(0.5))
    }
  }

  /// A palm tree on the sand in front of a bright sea.
  private static func beach(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x6CC4F4, 0x8AD4F8, 0x5AB4EC)
    let horizon = dice(0.46...0.52)
    canvas.backdrop(sky, sky.lighter(0.7), to: horizon)
    canvas.orb(Point(dice(0.72...0.86), dice(0.14...0.22)), dice(0.07...0.09), Ink(0xFFF0A0))
    let sea = dice.ink(0x18A8B8, 0x2090C8, 0x28B8B0)
    canvas.fill(Box(-0.1, horizon, 1.1, 1.1)) { sea.darker(0.15).lighter(0.45 * ($0.y - horizon).step(0, 0.25)) }
    let sand = dice.ink(0xF6DFA0, 0xFAE6B8, 0xEED090)
    let shore = Ground(level: dice(0.68...0.74), waves: [(0.05, 0.6, dice(0.55...0.8))])
    canvas.fill(shore.grown(0.03), .white, opacity: 0.85)
    canvas.land(shore, sand, shade: 0.12)
    let foot = Point(dice(0.2...0.32), dice(0.84...0.9))
    let crown = foot + Point(dice(0.1...0.2), -dice(0.48...0.54))
    canvas.fill(Ellipse(foot.x + 0.06, foot.y + 0.01, 0.18, 0.035), sand.darker(0.3), opacity: 0.7)
    canvas.fill(
      Stroke(from: foot, bend: [Point(foot.x + 0.01, crown.y + 0.2)], to: crown, width: 0.075, thin: 0.042),
      dice.ink(0x8A5A34, 0x7A5230, 0x9A6A40))
    let leaf = dice.ink(0x2E9A3E, 0x1F8A48, 0x4AA832)
    for (index, turn) in ([-0.46, -0.36, -0.14, -0.04, 0.06, 0.44] as [Float]).enumerated() {
      let reach = dice(0.24...0.29)
      let tip = crown + Point(turns: turn + dice(-0.02...0.02), radius: reach) + Point(0, 0.09)
      let top = crown.mixed(with: tip, 0.45) + Point(0, -0.1)
      canvas.fill(
        Stroke(from: crown, bend: [top], to: tip, width: 0.07, thin: 0.015), leaf.darker(index % 2 == 0 ? 0.2 : 0))
    }
    for x: Float in [-0.03, 0.03] { canvas.ball(crown + Point(x, 0.025), 0.03, Ink(0x6A4020)) }
  }

  /// A small house with lit windows on a green hill.
  private static func cottage(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x8CCBF2, 0xFFD9A8, 0xB8DDF4, 0xF6C8C0)
    canvas.backdrop(sky, sky.lighter(0.6), to: 0.75)
    canvas.land(.hills(dice(0.62...0.68), 0.04, &dice), dice.ink(0x9CCB6A, 0x88C07A, 0xA8C86A), shade: 0.1)
    let grass = dice.ink(0x62B048, 0x74B84A, 0x56A454)
    canvas.land(.hills(dice(0.76...0.79), 0.02, &dice), grass)
    let wall = dice.ink(0xFFF0D8, 0xF6DFC0, 0xF4F0EA, 0xF0D0B0)
    let roof = dice.ink(0xB8402E, 0x8A4A34, 0x50607A, 0xC86830)
    let light = dice.ink(0xFFD860, 0xFFE69A)
    let (half, top) = (dice(0.22...0.26), dice(0.5...0.54))
    canvas.place(at: Point(dice(0.42...0.58), 0), mirrored: dice.chance(0.5)) { canvas in
      for (x, y, r) in [(-0.36, 0.62, 0.12), (-0.44, 0.7, 0.1), (-0.28, 0.71, 0.1)] as [(Float, Float, Float)] {
        canvas.ball(Point(x, y), r, grass.darker(0.35), depth: 0.3, light: 0.15)
      }
      canvas.fill(Box(half * 0.38, top - 0.26, half * 0.7, top), roof.darker(0.35))
      for (index, puff) in [Circle(0.16, top - 0.32, 0.035), Circle(0.2, top - 0.38, 0.045)].enumerated() {
        canvas.fill(puff, .white, opacity: 0.75 - 0.15 * Float(index), blur: 0.04)
      }
      canvas.fill(Box(-half, top - 0.02, half, 0.84)) { wall.darker(0.12 * ($0.x / half).step(-1, 1)) }
      canvas.fill(Polygon((-half - 0.08, top + 0.01), (0, top - 0.24), (half + 0.08, top + 0.01)).grown(0.012)) {
        roof.darker(0.3 * ($0.y - top).step(-0.25, 0.05))
      }
      canvas.fill(Box(-0.055, 0.66, 0.065, 0.845, corner: 0.02), roof.darker(0.4))
      for x in [-half * 0.62, half * 0.66] {
        canvas.fill(Box(x - 0.052, 0.6, x + 0.052, 0.71), wall.darker(0.45))
        canvas.fill(Box(x - 0.04, 0.612, x + 0.04, 0.698), light)
        canvas.fill(Box(x - 0.006, 0.612, x + 0.006, 0.698), wall.darker(0.45))
      }
      let path = Polygon((-0.05, 0.845), (0.06, 0.845), (0.17, 1.05), (-0.12, 1.05))
      canvas.fill(path, Ink(0xE4D2A8), opacity: 0.95)
    }
  }

  /// A steaming cup on a wooden table.
  private static func coffee(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0xF2DFC4, 0xD8E4D8, 0xE6CFC0, 0xC8D8E2, 0xF4E2A8)
    canvas.backdrop(wall.lighter(0.25), wall.darker(0.08))
    let table = dice.ink(0x9A6238, 0x7E4E2C, 0xB07C48)
    let edge = dice(0.7...0.76)
    canvas.fill(Box(-0.1, edge, 1.1, 1.1)) { table.lighter(0.15).darker(0.35 * ($0.y - edge).step(0, 0.3)) }
    let cup = dice.ink(0xF7F4EC, 0xD84C3C, 0x3A80B8, 0x4A9A78, 0xF0B840, 0xE890A8)
    let steam = [dice(0...1), dice(0...1), dice(0...1)]
    let center = Point(dice(0.44...0.52), dice(0.6...0.64))
    canvas.place(at: center, scale: dice(0.92...1.08), mirrored: dice.chance(0.5)) { canvas in
      canvas.fill(Ellipse(0.02, 0.23, 0.36, 0.07), table.darker(0.5), opacity: 0.6, blur: 0.05)
      canvas.fill(Ellipse(0, 0.2, 0.33, 0.07), cup.darker(0.12))
      canvas.fill(Ellipse(0, 0.19, 0.22, 0.04), cup.darker(0.3))
      canvas.fill(Ring(center: Point(0.25, 0), radius: 0.095, width: 0.05), cup.darker(0.18))
      let side = Stroke.curve(from: Point(0.25, -0.14), bend: [Point(0.25, 0.12)], to: Point(0.13, 0.2))
      canvas.fill(Polygon(side + side.reversed().map { Point(-$0.x, $0.y) })) { point in
        cup.lighter(0.25 * max(0, 1 - abs(point.x + 0.12) / 0.12)).darker(0.35 * point.x.step(-0.05, 0.26))
      }
      canvas.fill(Ellipse(0, -0.14, 0.25, 0.065), cup.lighter(0.3))
      canvas.fill(Ellipse(0, -0.135, 0.215, 0.048), Ink(0x4A2814))
      for (index, phase) in steam.enumerated() {
        let x = Float(index - 1) * 0.12
        let line = (0...8).map { step -> Point in
          let rise = Float(step)
          return Point(x + 0.028 * Wave.sine(rise * 0.14 + phase), -0.2 - rise * 0.035)
        }
        canvas.fill(Stroke(line, width: 0.045, to: 0.02), .white, opacity: 0.75, blur: 0.03)
      }
    }
  }
}
