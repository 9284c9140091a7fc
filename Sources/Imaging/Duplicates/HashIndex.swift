/// Finds the 64-bit hashes near another one among many, exactly: multi-index hashing.
///
/// A hash is four numbers of 16 bits, each with a table from number to hashes. Hashes that differ in at most 11 bits
/// differ in at most two bits of one of the numbers, so 137 places in each table hold all of them. An entry takes 28
/// bytes, and the tables 1 MiB.
///
/// Source: Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012.
package struct HashIndex: Sendable {
  /// The largest distance that can be searched for.
  package static let largestRadius = 4 * 3 - 1
  private static let parts = 4
  /// What to combine a number with, by the number of bits that differ: 0, 1 and 2.
  private static let changes: [[Int]] = {
    let single = (0..<16).map { 1 << $0 }
    let double = (0..<16).flatMap { low in (0..<low).map { 1 << low | 1 << $0 } }
    return [[0], [0] + single, [0] + single + double]
  }()

  private var hashes: [UInt64] = []
  private var values: [Int32] = []
  /// The latest entry of each number of each table; -1 for none.
  private var latest = [Int32](repeating: -1, count: parts << 16)
  /// The entry before each one, in each table.
  private var earlier: [Int32] = []

  package init() {}

  package var count: Int { hashes.count }

  /// - Parameter value: what a search returns.
  package mutating func insert(_ hash: PerceptualHash, _ value: Int32) {
    let entry = Int32(hashes.count)
    hashes.append(hash.bits)
    values.append(value)
    for part in 0..<Self.parts {
      let place = part << 16 | Self.number(part, of: hash.bits)
      earlier.append(latest[place])
      latest[place] = entry
    }
  }

  /// Calls `body` once with each entry near a hash.
  ///
  /// - Precondition: `radius` is at most ``largestRadius``.
  package func forEach(near hash: PerceptualHash, within radius: Int, _ body: (_ value: Int32, _ distance: Int) -> Void)
  {
    precondition((0...Self.largestRadius).contains(radius), "a radius of \(radius)")
    let reach = radius / Self.parts
    for part in 0..<Self.parts {
      let own = Self.number(part, of: hash.bits)
      for change in Self.changes[reach] {
        var entry = latest[part << 16 | (own ^ change)]
        while entry >= 0 {
          let difference = hashes[Int(entry)] ^ hash.bits
          // The first of the tables that finds an entry reports it.
          if difference.nonzeroBitCount <= radius,
            !(0..<part).contains(where: { Self.number($0, of: difference).nonzeroBitCount <= reach })
          {
            body(values[Int(entry)], difference.nonzeroBitCount)
          }
          entry = earlier[Int(entry) * Self.parts + part]
        }
      }
    }
  }

  private static func number(_ part: Int, of hash: UInt64) -> Int { Int(hash >> (16 * UInt64(part)) & 0xFFFF) }
}
