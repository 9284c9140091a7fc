import Vocabulary

extension SyntheticAttribute {
  static let amusement = [
    SyntheticAttribute("balloons", .object, .amusement, or: (.excitement, 0.2), balloons),
    SyntheticAttribute("clown", .object, .amusement, or: (.fear, 0.3), clown),
    SyntheticAttribute("lollipop", .object, .amusement, or: (.contentment, 0.15), lollipop),
    SyntheticAttribute("circus", .scene, .amusement, or: (.excitement, 0.3), circus),
  ]

  private static let toys: [UInt32] = [0xE8352F, 0xF7A41C, 0xF9D92B, 0x3DB54A, 0x2B8FE0, 0x8E4BD0, 0xEC5FA8]

  /// Two to four balloons whose strings meet below.
  private static func balloons(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x6FBDF2, 0x86D0F5, 0x9FC4F7, 0x74CFE0)
    canvas.backdrop(sky, sky.lighter(0.65))
    for _ in 0..<2 { canvas.cloud(Point(dice(0...1), dice(0.55...0.92)), dice(0.35...0.5), .white, shade: 0.08) }
    let count = dice.whole(2...4)
    let hand = Point(dice(0.42...0.58), 1.04)
    let middle = dice(0.42...0.58)
    let inks = dice.shuffled(toys)
    for position in dice.shuffled(Array(0..<count)) {
      let spread = count == 1 ? 0 : Float(position) / Float(count - 1) - 0.5
      let radius = dice(0.135...0.165)
      let center = Point(middle + spread * 0.52 + dice(-0.03...0.03), dice(0.22...0.36) + abs(spread) * 0.12)
      let knot = center + Point(0, radius * 1.2)
      canvas.fill(
        Stroke(from: knot, bend: [Point(knot.x, 0.75)], to: hand, width: 0.013), Ink(0x53606E), opacity: 0.85)
      let ink = dice.near(Ink(inks[position]))
      canvas.fill(Taper(knot + Point(0, -0.02), knot + Point(0, 0.015), width: 0.02, to: 0.05), ink.darker(0.25))
      canvas.place(at: center, scale: radius, turn: spread * 0.06) { canvas in
        canvas.fill(Ellipse(0, 0, 1, 1.2)) { point in
          let lit = max(0, 1 - (point - Point(-0.35, -0.45)).length / 1.1)
          return ink.darker(0.28 * point.dot(point) / 1.3).lighter(0.35 * lit)
        }
        canvas.fill(Ellipse(-0.38, -0.5, 0.16, 0.25), .white, opacity: 0.7, blur: 0.12)
      }
    }
  }

  /// A clown's face with a red nose, tufts of hair and a broad smile.
  private static func clown(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0xF6C945, 0x59B9E8, 0x7BCB6B, 0xC79BEA, 0xF59BB8)
    canvas.fill { point in wall.lighter(0.3).mixed(with: wall.darker(0.12), (point - Point(0.5, 0.5)).length * 1.5) }
    let hair = dice.ink(0xE8461E, 0x2F8F3A, 0x2A63D0, 0x8A2FB8, 0xF08A10)
    let hat = dice.ink(0x3458C8, 0xD02C50, 0x1F9D78, 0x7A3CC0)
    let skin = dice.ink(0xFFE9D6, 0xFFF2E6, 0xF8DEC6)
    let smile = dice(0.16...0.24)
    let center = Point(dice(0.45...0.55), dice(0.55...0.6))
    canvas.place(at: center, scale: dice(0.9...1.05), turn: dice(-0.03...0.03)) { canvas in
      canvas.fill(Box(-0.2, 0.3, 0.2, 0.6, corner: 0.1), hat.darker(0.2))
      for side: Float in [-1, 1] {
        for (x, y, r) in [(0.3, -0.15, 0.12), (0.35, 0.02, 0.13), (0.27, 0.15, 0.1)] as [(Float, Float, Float)] {
          canvas.ball(Point(side * x, y), r, hair, depth: 0.25, light: 0.2)
        }
      }
      canvas.fill(Ellipse(0, 0.02, 0.29, 0.32)) { skin.darker(0.12 * $0.dot($0) * 10) }
      canvas.fill(Polygon((-0.15, -0.24), (0.15, -0.24), (0.03, -0.5)).grown(0.01), hat)
      canvas.ball(Point(0.03, -0.5), 0.055, Ink(0xFFE14D))
      for side: Float in [-1, 1] {
        canvas.fill(Ellipse(side * 0.115, -0.08, 0.07, 0.095), .white)
        canvas.fill(Taper(Point(side * 0.115, -0.2), Point(side * 0.115, 0.04), width: 0.026), Ink(0x3C62D8))
        canvas.fill(Circle(side * 0.108, -0.065, 0.036), Ink(0x1C1A22))
      }
      let mouth = Circle(0, 0.05, smile).common(with: Box(-0.3, 0.12, 0.3, 0.5))
      canvas.fill(mouth.grown(0.045), .white)
      canvas.fill(mouth, Ink(0xB81226))
      canvas.ball(Point(0, 0.045), 0.075, Ink(0xF02020), light: 0.7)
    }
  }

  /// A swirled lollipop on a stick.
  private static func lollipop(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0xFFD9E6, 0xD8F0FF, 0xE2F7DC, 0xFFF0CC, 0xE9DFFF)
    canvas.backdrop(wall.lighter(0.4), wall.darker(0.12))
    let pairs: [(UInt32, UInt32)] = [
      (0xE8264F, 0xFFF4F2), (0x8E3FD0, 0xFFD84A), (0x12A5B8, 0xFFF3E8), (0xF07818, 0xFFE9A8), (0xE545A0, 0x5CC8F0),
      (0x35A845, 0xF6F5D0),
    ]
    let (first, second) = dice.pick(pairs)
    let (dark, bright) = (dice.near(Ink(first)), dice.near(Ink(second)))
    let radius = dice(0.27...0.33)
    let center = Point(dice(0.45...0.55), dice(0.35...0.4))
    let (arms, phase) = (Float(dice.whole(2...3)), dice(0...1))
    canvas.place(at: center, scale: radius, turn: dice(-0.05...0.05)) { canvas in
      canvas.fill(Box(-0.085, 0.8, 0.085, 2.6, corner: 0.08)) { Ink(0xF7F3EA).darker(0.3 * abs($0.x) / 0.085) }
      canvas.fill(Circle(0, 0, 1)) { point in
        let wave = Wave.sine(arms * Wave.turns(of: point) + point.length * 1.3 + phase)
        let ink = dark.mixed(with: bright, wave.step(-0.25, 0.25))
        let lit = max(0, 1 - (point - Point(-0.35, -0.4)).length / 1.1)
        return ink.darker(0.25 * point.dot(point) * point.dot(point)).lighter(0.3 * lit)
      }
      canvas.fill(Ellipse(-0.45, -0.5, 0.18, 0.12), .white, opacity: 0.6, blur: 0.15)
    }
    if dice.chance(0.5) {
      let bow = dice.ink(0xE33B6B, 0x3A74D8, 0xF4B92E)
      canvas.place(at: center + Point(0, radius * 1.16), scale: 0.1) { canvas in
        for side: Float in [-1, 1] {
          canvas.fill(Polygon([.zero, Point(side, -0.55), Point(side, 0.55)]).grown(0.12), bow)
        }
        canvas.fill(Circle(0, 0, 0.28), bow.darker(0.2))
      }
    }
  }

  /// A striped tent with a pennant.
  private static func circus(_ canvas: inout Canvas, _ dice: inout Dice) {
    let sky = dice.ink(0x5FB4F0, 0x8FD0F2, 0xFFB877, 0xB79BE8)
    canvas.backdrop(sky, sky.lighter(0.7), to: 0.8)
    canvas.cloud(Point(dice(0.1...0.3), dice(0.12...0.3)), dice(0.3...0.4), .white, shade: 0.06, opacity: 0.9)
    canvas.cloud(Point(dice(0.75...0.95), dice(0.12...0.35)), dice(0.25...0.4), .white, shade: 0.06, opacity: 0.9)
    canvas.land(.hills(dice(0.78...0.83), 0.015, &dice), dice.ink(0x6CBF4B, 0x8CC63F, 0x4FAE5A, 0xC9B36A))
    let ink = dice.ink(0xD8262E, 0xD8262E, 0x2C62CC, 0x7C3FBF, 0x1E9A6C, 0xEE7A1A)
    let other = dice.ink(0xFFF6E4, 0xFFF6E4, 0xFFE070)
    let (half, top) = (dice(0.3...0.36), dice(0.2...0.27))
    let (eaves, stripes) = (dice(0.5...0.55), Float(dice.whole(5...7)))
    canvas.place(at: Point(dice(0.44...0.56), 0)) { canvas in
      func striped(_ share: Float) -> Ink { other.mixed(with: ink, Wave.cosine(share * stripes / 2).step(-0.2, 0.2)) }
      canvas.fill(Box(-half * 0.86, eaves - 0.03, half * 0.86, 0.87)) { point in
        striped(point.x / half).darker(0.08 + 0.3 * abs(point.x))
      }
      canvas.fill(Polygon((0, 0.58), (-0.09, 0.88), (0.09, 0.88)), Ink(0x35202C))
      let roof = Stroke.curve(from: Point(0, top), bend: [Point(half * 0.25, eaves - 0.12)], to: Point(half, eaves))
      canvas.fill(Polygon(roof + roof.reversed().map { Point(-$0.x, $0.y) })) { point in
        let reach = max(0.02, (point.y - top) / (eaves - top)) * half
        return striped(point.x / (reach * 0.8 + 0.03)).darker(point.x > 0 ? 0.1 : 0)
      }
      for index in -3...3 {
        let x = Float(index) * half * 0.285
        canvas.fill(Circle(x, eaves + 0.005, 0.042), index % 2 == 0 ? ink.darker(0.1) : other)
      }
      canvas.fill(Taper(Point(0, top - 0.12), Point(0, top), width: 0.014), Ink(0x5A4636))
      canvas.fill(Polygon((0, top - 0.13), (0.12, top - 0.09), (0, top - 0.05)), Ink(0xFFCF26))
    }
  }
}
