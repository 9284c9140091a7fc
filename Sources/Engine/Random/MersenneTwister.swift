/// The 32-bit Mersenne Twister MT19937, seeded with one word.
///
/// Source: Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random
/// number generator", 1998, with the initialisation of 2002.
struct MersenneTwister: Sendable {
  private static let size = 624
  private static let shift = 397

  private var state: [UInt32]
  private var position = MersenneTwister.size

  init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(Self.size)
    for index in 1..<UInt32(Self.size) {
      let last = state[state.count - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ index)
    }
  }

  /// The next 32 random bits.
  mutating func next() -> UInt32 {
    if position == Self.size { refill() }
    var word = state[position]
    position += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    return word ^ (word >> 18)
  }

  private mutating func refill() {
    for index in 0..<Self.size {
      let upper = state[index] & 0x8000_0000
      let mixed = upper | (state[(index + 1) % Self.size] & 0x7fff_ffff)
      let twisted = (mixed >> 1) ^ (mixed & 1 == 0 ? 0 : 0x9908_b0df)
      state[index] = state[(index + Self.shift) % Self.size] ^ twisted
    }
    position = 0
  }
}
