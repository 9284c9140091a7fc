/// SplitMix64, seeded by a number and a place: for a batch's seed and the place of an image, draws depend on the
/// specification alone.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
package struct DrawGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64, _ place: [Int]) {
    state = seed
    for number in place {
      state = next() ^ UInt64(truncatingIfNeeded: number)
    }
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
