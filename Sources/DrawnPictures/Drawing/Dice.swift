/// A random number generator for drawings: SplitMix64 (Steele, Lea and Flood 2014).
package struct Dice {
  private var state: UInt64

  /// Each picture has its own sequence.
  package init(seed: UInt64, name: String, index: Int) {
    // FNV-1a over the name, then one round of mixing for each number, so that the sequences of consecutive numbers are
    // unrelated.
    let word = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    state = Self.mixed(Self.mixed(word ^ Self.mixed(seed)) &+ UInt64(bitPattern: Int64(index)))
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9E37_79B9_7F4A_7C15
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func next() -> UInt64 {
    let value = Self.mixed(state)
    state &+= 0x9E37_79B9_7F4A_7C15
    return value
  }

  /// A number distributed uniformly over the range.
  mutating func callAsFunction(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) / 16_777_216
  }

  /// A whole number distributed uniformly over the range.
  package mutating func whole(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  mutating func chance(_ share: Float) -> Bool { self(0...1) < share }

  /// −1 or 1.
  mutating func side() -> Float { chance(0.5) ? 1 : -1 }

  mutating func pick<T>(_ choices: [T]) -> T { choices[whole(0...choices.count - 1)] }

  mutating func shuffled<T>(_ items: [T]) -> [T] {
    var items = items
    for last in stride(from: items.count - 1, to: 0, by: -1) { items.swapAt(last, whole(0...last)) }
    return items
  }

  /// A colour near `ink`.
  mutating func near(_ ink: Ink, _ amount: Float = 0.05) -> Ink {
    let shift = Ink(self(-amount...amount), self(-amount...amount), self(-amount...amount))
    return (ink + shift).clamped(lowerBound: .black, upperBound: .white)
  }

  /// A colour near one of `codes` (`0xRRGGBB`).
  mutating func ink(_ codes: UInt32...) -> Ink { near(Ink(pick(codes))) }
}
