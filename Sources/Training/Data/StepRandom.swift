import Foundation

/// The random numbers of a training step, which depend only on the run's seed, the step and a purpose.
///
/// The generator is SplitMix64. Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
package struct StepRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64, step: Int, purpose: UInt64 = 0) {
    state = seed
    for part in [UInt64(bitPattern: Int64(step)), purpose] { state = Self.mixed(state &+ 0x9e37_79b9_7f4a_7c15) ^ part }
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mixed(state)
  }

  /// A uniform number in [0, 1).
  package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A uniform index in `0..<count`.
  package mutating func index(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
