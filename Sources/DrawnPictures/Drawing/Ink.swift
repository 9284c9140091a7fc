/// A colour: red, green and blue from 0 to 1, encoded as in the picture file.
typealias Ink = SIMD3<Float>

extension SIMD3<Float> {
  /// - Parameter code: `0xRRGGBB`.
  init(_ code: UInt32) {
    self.init(Float(code >> 16 & 255), Float(code >> 8 & 255), Float(code & 255))
    self /= 255
  }

  /// - Parameters:
  ///   - hue: hue in turns: 0 is red, 1/3 green, 2/3 blue.
  ///   - saturation: 0…1.
  ///   - value: the largest component.
  init(hue: Float, saturation: Float, value: Float) {
    func component(_ offset: Float) -> Float {
      let position = (hue + offset) - (hue + offset).rounded(.down)
      let ramp = Swift.min(Swift.max(abs(position * 6 - 3) - 1, 0), 1)
      return value * (1 - saturation + saturation * ramp)
    }
    self.init(component(0), component(2.0 / 3), component(1.0 / 3))
  }

  static var white: Ink { Ink(repeating: 1) }
  static var black: Ink { Ink(repeating: 0) }

  func mixed(with other: Ink, _ share: Float) -> Ink { self + (other - self) * share }

  func lighter(_ share: Float) -> Ink { mixed(with: .white, share) }
  func darker(_ share: Float) -> Ink { self * (1 - share) }
}

extension Float {
  /// Smoothstep: 0 below `low`, 1 above `high`, smooth in between.
  func step(_ low: Float, _ high: Float) -> Float {
    let share = Swift.min(Swift.max((self - low) / (high - low), 0), 1)
    return share * share * (3 - 2 * share)
  }
}
