import Vocabulary

extension SyntheticAttribute {
  static let fear = [
    SyntheticAttribute("ghost", .object, .fear, or: (.amusement, 0.15), ghost),
    SyntheticAttribute("spider", .object, .fear, or: (.disgust, 0.3), spider),
    SyntheticAttribute("graveyard", .scene, .fear, or: (.sadness, 0.3), graveyard),
    SyntheticAttribute("forest", .scene, .fear, forest),
  ]

  /// A pale ghost with black eyes.
  private static func ghost(_ canvas: inout Canvas, _ dice: inout Dice) {
    let night = dice.ink(0x161830, 0x1C1428, 0x0E1E28, 0x201C1C)
    canvas.backdrop(night.darker(0.3), night.lighter(0.12))
    let pale = dice.ink(0xE8F0F8, 0xE0ECE6, 0xF0EAF4)
    let center = Point(dice(0.42...0.58), dice(0.42...0.5))
    let folds = dice.pick([2.5, 3.5] as [Float])
    let mouth = dice(0.05...0.075)
    let arms = dice(-0.12...0.02)
    canvas.glow(center, radius: 0.55, pale, strength: 0.4)
    canvas.place(at: center, scale: dice(0.92...1.12), turn: dice(-0.03...0.03)) { canvas in
      for side: Float in [-1, 1] {
        canvas.fill(Taper(Point(side * 0.16, 0.05), Point(side * 0.32, arms), width: 0.12, to: 0.08), pale.darker(0.08))
      }
      let sheet = Box(-0.22, -0.1, 0.22, 0.4).union(Circle(0, -0.1, 0.22))
      let hem = Ground(level: 0.34, waves: [(0.045, folds / 0.44, 0.25)])
      canvas.fill(sheet.cut(by: hem)) { point in
        pale.darker(0.22 * point.x.step(0, 0.22) + 0.12 * point.y.step(0.1, 0.35))
      }
      for side: Float in [-1, 1] { canvas.fill(Ellipse(side * 0.085, -0.1, 0.045, 0.068), Ink(0x0A0A12)) }
      canvas.fill(Ellipse(0, 0.06, mouth * 0.8, mouth * 1.2), Ink(0x0A0A12))
    }
  }

  /// A spider in its web.
  private static func spider(_ canvas: inout Canvas, _ dice: inout Dice) {
    let wall = dice.ink(0x5A4A66, 0x4A5660, 0x6A5450, 0x52584A)
    let center = Point(dice(0.42...0.58), dice(0.44...0.54))
    canvas.fill { point in wall.lighter(0.15).mixed(with: wall.darker(0.55), ((point - center).length * 1.5).step(0, 1))
    }
    let (spokes, phase) = (10, dice(0...0.1))
    func web(_ spoke: Int, _ reach: Float) -> Point {
      center + Point(turns: phase + Float(spoke) / Float(spokes), radius: reach)
    }
    let thread = Ink(0xD8D8E0)
    for spoke in 0..<spokes {
      canvas.fill(Taper(center, web(spoke, 0.95), width: 0.011), thread, opacity: 0.55)
      for reach: Float in [0.26, 0.42, 0.58] {
        let (a, b) = (web(spoke, reach), web(spoke + 1, reach))
        canvas.fill(
          Stroke(from: a, bend: [a.mixed(with: b, 0.5).mixed(with: center, 0.12)], to: b, width: 0.011, pieces: 4),
          thread,
          opacity: 0.55)
      }
    }
    let body = dice.ink(0x121014, 0x1E1210, 0x0E1218)
    let mark = dice.ink(0xE02020, 0xF0B020, 0xE8E0D0)
    canvas.place(at: center, scale: dice(0.95...1.15), turn: dice(-0.1...0.1)) { canvas in
      let legs: [(Point, Point)] = [
        (Point(0.2, -0.24), Point(0.25, -0.4)), (Point(0.28, -0.12), Point(0.4, -0.18)),
        (Point(0.28, 0.06), Point(0.4, 0.16)), (Point(0.2, 0.2), Point(0.27, 0.4)),
      ]
      for (knee, foot) in legs {
        for side: Float in [-1, 1] {
          let mirror = Point(side, 1)
          canvas.fill(Stroke([Point(0, -0.06), knee * mirror, foot * mirror], width: 0.046, to: 0.022), body)
        }
      }
      canvas.ball(Point(0, 0.1), 0.165, body, depth: 0.2, light: 0.3)
      canvas.fill(
        Polygon((0, 0.1), (-0.055, 0.03), (0.055, 0.03)).union(Polygon((0, 0.1), (-0.055, 0.18), (0.055, 0.18))), mark)
      canvas.ball(Point(0, -0.1), 0.095, body, depth: 0.2, light: 0.25)
      for side: Float in [-1, 1] { canvas.fill(Circle(side * 0.036, -0.14, 0.022), mark.lighter(0.15)) }
    }
  }

  /// Gravestones under the moon.
  private static func graveyard(_ canvas: inout Canvas, _ dice: inout Dice) {
    let night = dice.ink(0x1A2438, 0x22203A, 0x16302E, 0x2A2830)
    canvas.backdrop(night.darker(0.3), night.lighter(0.25), to: 0.75)
    canvas.orb(Point(dice(0.2...0.8), dice(0.16...0.24)), dice(0.09...0.12), Ink(0xF4F0D0))
    canvas.land(.hills(dice(0.6...0.66), 0.03, &dice), night.darker(0.2), shade: 0.3)
    let ground = Ground.hills(dice(0.76...0.8), 0.02, &dice)
    let count = dice.whole(2...3)
    let stone = dice.ink(0x8C929C, 0x7E8A84, 0x9A949A)
    let soil = night.darker(0.62)
    for grave in 0..<count {
      let x = (Float(grave) + 0.5) / Float(count) + dice(-0.05...0.05)
      let (half, height) = (dice(0.1...0.12), dice(0.3...0.38))
      let ink = dice.near(stone, 0.03)
      let cross = dice.chance(0.35)
      canvas.place(at: Point(x, ground.height(at: x) + 0.06), turn: dice(-0.02...0.02)) { canvas in
        func shade(_ point: Point) -> Ink { ink.darker(0.45 * point.x.step(-half, half)) }
        if cross {
          let upright = Box(-0.04, -height - 0.05, 0.04, 0.02, corner: 0.01)
          canvas.fill(
            upright.union(Box(-half - 0.02, -height * 0.82, half + 0.02, -height * 0.82 + 0.075, corner: 0.01)), shade)
        } else {
          canvas.fill(Box(-half, half - height, half, 0.02).union(Circle(0, half - height, half)), shade)
          for y: Float in [0.62, 0.45] {
            canvas.fill(Box(-half * 0.55, -height * y, half * 0.55, -height * y + 0.022), ink.darker(0.6))
          }
        }
      }
    }
    canvas.land(ground, soil, shade: 0.3)
    for _ in 0..<2 {
      let y = dice(0.7...0.82)
      canvas.fill(
        Taper(Point(dice(-0.2...0.2), y), Point(dice(0.7...1.2), y), width: 0.08), Ink(0xB8C4CC), opacity: 0.22,
        blur: 0.08)
    }
  }

  /// Bare trunks in fog, with eyes between them.
  private static func forest(_ canvas: inout Canvas, _ dice: inout Dice) {
    let fog = dice.ink(0x3E5A50, 0x44506A, 0x50485E, 0x4A5A44)
    canvas.fill { point in
      fog.lighter(0.22).mixed(with: fog.darker(0.7), ((point - Point(0.5, 0.55)).length * 1.35).step(0, 1))
    }
    for layer in 0..<2 {
      let count = layer == 0 ? 6 : dice.whole(4...5)
      let ink = fog.darker(layer == 0 ? 0.55 : 0.9)
      for trunk in 0..<count {
        let x = (Float(trunk) + 0.5) / Float(count) + dice(-0.06...0.06)
        let width = layer == 0 ? dice(0.04...0.06) : dice(0.075...0.11)
        let top = x + dice(-0.06...0.06)
        canvas.fill(Taper(Point(x, 1.05), Point(top, -0.1), width: width, to: width * 0.55), ink)
        for _ in 0..<(layer == 0 ? 1 : 2) {
          let y = dice(0.08...0.5)
          let root = Point(x + (top - x) * (1 - y), y)
          let side = dice.side()
          canvas.fill(
            Stroke(
              [root, root + Point(side * 0.09, -0.07), root + Point(side * 0.13, -0.18)], width: width * 0.4, to: 0.012),
            ink)
        }
      }
      if layer == 0 {
        let glare = dice.ink(0xFFE030, 0xFF4020, 0xFFB020)
        for _ in 0..<dice.whole(1...2) {
          let middle = Point(dice(0.25...0.75), dice(0.45...0.7))
          canvas.glow(middle, radius: 0.16, glare, strength: 0.35)
          canvas.fill(Ellipse(middle, Point(0.1, 0.06)), fog.darker(0.95), opacity: 0.75, blur: 0.05)
          for side: Float in [-1, 1] {
            canvas.fill(Ellipse(middle + Point(side * 0.048, 0), Point(0.032, 0.026)), glare)
          }
        }
      }
    }
    canvas.land(.hills(dice(0.88...0.92), 0.015, &dice), fog.darker(0.9), shade: 0.2)
  }
}
