package import Imaging

/// Near-duplicates among pictures, by their perceptual hashes.
package enum NearDuplicates {
  /// The positions of the hashes that are near-duplicates of an earlier one that is none itself, with the share of their bits
  /// that equals those of the first such one.
  ///
  /// Hashes that differ in at most `d` bits have one of `d + 1` blocks of bits in common, so only those that share a block
  /// are compared: at 3 bits, 100,000 hashes need a hundred million comparisons less than each with each by a factor of
  /// thousands.
  /// - Parameter least: the share of equal bits from which on two hashes are those of near-duplicates.
  package static func find(_ hashes: [PerceptualHash], least: Double) -> [(position: Int, likeness: Double)] {
    let bits = 64
    // The slack is for shares such as 0.95 that have no exact binary form.
    let furthest = min(bits - 1, max(0, Int((Double(bits) * (1 - least) + 1e-9).rounded(.down))))
    let blocks = furthest + 1
    let edges = (0...blocks).map { $0 * bits / blocks }
    // The kept hashes by the values of each block.
    var kept = [[UInt64: [Int]]](repeating: [:], count: blocks)
    var found: [(position: Int, likeness: Double)] = []
    for (position, hash) in hashes.enumerated() {
      let keys = (0..<blocks).map { block in
        let width = edges[block + 1] - edges[block]
        let shifted = hash.bits >> UInt64(edges[block])
        return width == bits ? shifted : shifted & (1 << UInt64(width) - 1)
      }
      var first: Int?
      for (block, key) in keys.enumerated() {
        for other in kept[block][key] ?? [] where other < first ?? .max {
          if hashes[other].distance(to: hash) <= furthest { first = other }
        }
      }
      if let first {
        found.append((position, 1 - Double(hashes[first].distance(to: hash)) / Double(bits)))
      } else {
        for (block, key) in keys.enumerated() { kept[block][key, default: []].append(position) }
      }
    }
    return found
  }
}
