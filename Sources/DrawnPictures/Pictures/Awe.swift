import Vocabulary

extension SyntheticAttribute {
  static let awe = [
    SyntheticAttribute("galaxy", .scene, .awe, galaxy),
    SyntheticAttribute("mountain", .scene, .awe, or: (.contentment, 0.25), mountain),
    SyntheticAttribute("rainbow", .scene, .awe, or: (.amusement, 0.25), rainbow),
    SyntheticAttribute("planet", .object, .awe, or: (.excitement, 0.2), planet),
  ]

  /// A spiral galaxy with two arms around a bright core.
  private static func galaxy(_ canvas: inout Canvas, _ dice: inout Dice) {
    let night = dice.ink(0x0A0A2A, 0x120826, 0x04142E)
    canvas.fill { point in night.lighter(0.07 * Wave.sine(point.x * 0.7 + point.y * 0.5)) }
    canvas.stars(dice.whole(14...20), bottom: 0.98, &dice)
    let arm = dice.ink(0x6E8CFF, 0xB070FF, 0xFF7AC0, 0x5FC8FF)
    let core = dice.ink(0xFFE9B8, 0xFFD9A0, 0xFFF3DC)
    let (wind, phase, flat) = (dice(1.25...1.6), dice(0...1), dice(0.45...0.75))
    let center = Point(dice(0.43...0.57), dice(0.43...0.57))
    canvas.place(at: center, scale: dice(0.44...0.5), turn: dice(-0.12...0.12), mirrored: dice.chance(0.5)) { canvas in
      canvas.shine(Ellipse(0, 0, 1, flat)) { point in
        let disc = Point(point.x, point.y / flat)
        let reach = disc.length
        let angle: Float = 2 * Wave.turns(of: disc) - 2 * wind * reach.squareRoot() + phase
        let wave = 0.5 + 0.5 * Wave.sine(angle)
        let fade = max(0, 1 - reach)
        let arms = wave * wave * (fade * (0.6 + 1.1 * reach)).squareRoot()
        return (arm * arms + core * (0.35 * fade * fade)).clamped(lowerBound: .black, upperBound: .white)
      }
      canvas.glow(.zero, radius: 0.5, core, strength: 0.9)
      canvas.fill(Ellipse(0, 0, 0.13, 0.1), core.lighter(0.6), blur: 0.12)
    }
  }

  /// Snow-capped peaks behind a dark forest.
  private static func mountain(_ canvas: inout Canvas, _ dice: inout Dice) {
    let skies: [(UInt32, UInt32)] = [
      (0x5B9BE0, 0xDDEEFF), (0x4A7AC8, 0xFFE0C8), (0x7E6BC0, 0xFFC6A0), (0x6FB0E8, 0xF4F8FF),
    ]
    let (high, low) = dice.pick(skies)
    canvas.backdrop(dice.near(Ink(high)), dice.near(Ink(low)), to: 0.75)
    let rock = dice.ink(0x5A6478, 0x66708A, 0x6E6470, 0x54607C)
    canvas.land(.hills(0.62, 0.05, &dice), rock.mixed(with: Ink(low), 0.5), shade: 0.1)
    let peak = Point(dice(0.4...0.6), dice(0.14...0.24))
    let other = dice.side()
    Self.peak(
      &canvas, Point(peak.x + other * dice(0.28...0.36), dice(0.34...0.42)), half: 0.36,
      rock.mixed(with: Ink(low), 0.22),
      &dice)
    Self.peak(&canvas, peak, half: dice(0.44...0.52), rock, &dice)
    let wood = dice.ink(0x1F4634, 0x2A5140, 0x24403E)
    let ground = Ground.hills(dice(0.8...0.84), 0.025, &dice)
    canvas.land(ground, wood, shade: 0.4)
    for index in 0..<9 {
      let x = (Float(index) + dice(0.1...0.9)) / 9
      let (base, height) = (ground.height(at: x) + 0.04, dice(0.1...0.16))
      canvas.fill(Polygon((x, base - height), (x - 0.05, base), (x + 0.05, base)), wood.darker(dice(0...0.25)))
    }
  }

  private static func peak(_ canvas: inout Canvas, _ top: Point, half: Float, _ rock: Ink, _ dice: inout Dice) {
    let base: Float = 0.92
    let (left, right) = (Point(top.x - half, base), Point(top.x + half, base))
    let ridge = [top, top + Point(0.03, 0.14), top + Point(-0.02, 0.3), Point(top.x + 0.05, base)]
    canvas.fill(Polygon([left, top, right]), rock.lighter(0.12))
    canvas.fill(Polygon(ridge + [right]), rock.darker(0.3))
    let depth = dice(0.28...0.38)
    func edge(_ corner: Point, _ share: Float) -> Point { top.mixed(with: corner, share) }
    let (a, b) = (edge(left, depth), edge(right, depth * dice(0.8...1.1)))
    let zigzag = [
      b, edge(right, depth).mixed(with: a, 0.25) + Point(0, -0.05), top + Point(0.03, depth * 0.85),
      a.mixed(with: b, 0.3) + Point(0, -0.05), a,
    ]
    let snow = Polygon([top] + zigzag)
    canvas.fill(snow, Ink(0xFCFDFF))
    canvas.fill(Polygon(ridge + [right]).common(with: snow), Ink(0xB9C9E4))
  }

  /// A rainbow that ends in clouds, over green land.
  private static func rainbow(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x4E9FE8, 0x6CB4F0, 0x7A94D8, 0x58B0D8)
    canvas.backdrop(sky, sky.lighter(0.7), to: 0.9)
    let center = Point(dice(0.44...0.56), dice(0.82...0.9))
    let (outer, width) = (dice(0.5...0.6), dice(0.2...0.24))
    let bands = [0x8A45C8, 0x3A6CE0, 0x35B558, 0xF8E040, 0xF79A22, 0xE83A34].map { Ink(UInt32($0)) }
    let arch = Ring(center: center, radius: outer - width / 2, width: width)
    canvas.fill(arch.common(with: Box(-1, -1, 2, center.y - 0.03)), opacity: 0.92) { point in
      let position = ((point - center).length - outer + width) / width * 6 - 0.5
      let lower = min(max(Int(position.rounded(.down)), 0), 4)
      return bands[lower].mixed(with: bands[lower + 1], min(max(position - Float(lower), 0), 1).step(0.25, 0.75))
    }
    let cloud = dice.chance(0.8) ? Ink(0xFFFFFF) : Ink(0xE6E8F2)
    let foot = outer - width / 2
    canvas.cloud(Point(center.x - foot, center.y - dice(0.05...0.08)), dice(0.4...0.5), cloud, shade: 0.12)
    canvas.cloud(Point(center.x + foot, center.y - dice(0.05...0.08)), dice(0.4...0.5), cloud, shade: 0.12)
    canvas.land(.hills(dice(0.84...0.9), 0.03, &dice), dice.ink(0x5DB84A, 0x7AC24E, 0x4AA660, 0x94C254))
  }

  /// A ringed planet among stars.
  private static func planet(_ canvas: inout Canvas, _ dice: inout Dice) {
    let night = dice.ink(0x080A1E, 0x0E0820, 0x06121E)
    canvas.fill { point in night.lighter(0.12 * (1 - point.y)) }
    canvas.stars(dice.whole(12...18), bottom: 0.98, &dice)
    let ink = dice.ink(0xE0A050, 0x4FB0C8, 0x9A6AD8, 0xE07870, 0x6FB070, 0x5A80E0)
    let other = dice.near(ink.mixed(with: dice.ink(0xFFF0D8, 0x803830, 0xFFD8B0), 0.45))
    let ring = dice.ink(0xF0DDB0, 0xD8C8F0, 0xB8D8E8, 0xF0C8A8)
    let (bands, phase) = (dice(1.4...2.2), dice(0...1))
    if dice.chance(0.5) { canvas.ball(Point(dice(0.78...0.9), dice(0.1...0.2)), dice(0.045...0.065), Ink(0xC8C8D0)) }
    let center = Point(dice(0.44...0.56), dice(0.46...0.56))
    let (tilt, flat) = (dice(-0.1 ... -0.03), dice(0.26...0.36))
    canvas.place(at: center, scale: dice(0.25...0.29), turn: tilt) { canvas in
      let band = Ellipse(0, 0, 1.75, 1.75 * flat).cut(by: Ellipse(0, 0, 1.3, 1.3 * flat))
      canvas.fill(band) { ring.darker(0.25 + 0.15 * abs($0.x)) }
      canvas.fill(Circle(0, 0, 1)) { point in
        let stripe = ink.mixed(with: other, 0.5 + 0.5 * Wave.sine(point.y * bands + phase))
        let lit = point.dot(Point(-0.6, -0.6))
        return stripe.darker(0.75 * (-lit).step(-0.1, 0.95)).lighter(0.25 * lit.step(0.2, 1))
      }
      canvas.fill(band.common(with: Box(-2, 0, 2, 2))) { ring.darker(0.1 * abs($0.x)) }
    }
  }
}
