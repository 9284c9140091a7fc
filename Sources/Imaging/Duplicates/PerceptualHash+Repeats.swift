extension PerceptualHash {
  /// The positions of the hashes near an earlier one that repeats none itself, with the share of their bits that equals
  /// those of the first such one.
  ///
  /// - Parameter least: the share of equal bits from which on a hash repeats another, at least
  ///   1 − ``HashIndex/largestRadius`` / 64.
  package static func repeats(
    among hashes: [PerceptualHash], least: Double
  ) -> [(position: Int, likeness: Double)] {
    let bits = 64
    // The slack is for shares such as 0.95 that have no exact binary form.
    let furthest = max(0, Int((Double(bits) * (1 - least) + 1e-9).rounded(.down)))
    var kept = HashIndex()
    var found: [(position: Int, likeness: Double)] = []
    for (position, hash) in hashes.enumerated() {
      var first: (position: Int32, distance: Int)?
      kept.forEach(near: hash, within: furthest) { other, distance in
        if other < first?.position ?? .max { first = (other, distance) }
      }
      if let first {
        found.append((position, 1 - Double(first.distance) / Double(bits)))
      } else {
        kept.insert(hash, Int32(position))
      }
    }
    return found
  }
}
