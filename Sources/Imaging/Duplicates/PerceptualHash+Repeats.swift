extension PerceptualHash {
  /// A hash that is near an earlier one.
  package struct Repeat: Sendable {
    package let position: Int
    /// The position of the first near one that repeats none itself.
    package let original: Int
    /// The share of their bits that are equal.
    package let likeness: Double
  }

  /// The hashes near an earlier one that repeats none itself.
  ///
  /// - Parameter least: the share of equal bits from which on a hash repeats another; one below
  ///   1 − ``HashIndex/largestRadius`` / 64 counts as that.
  package static func repeats(among hashes: [PerceptualHash], least: Double) -> [Repeat] {
    let bits = 64
    // The slack is for shares such as 0.95 that have no exact binary form.
    let share = max(least, 1 - Double(HashIndex.largestRadius) / Double(bits))
    let furthest = max(0, Int((Double(bits) * (1 - share) + 1e-9).rounded(.down)))
    var kept = HashIndex()
    var found: [Repeat] = []
    for (position, hash) in hashes.enumerated() {
      var first: (position: Int32, distance: Int)?
      kept.forEach(near: hash, within: furthest) { other, distance in
        if other < first?.position ?? .max { first = (other, distance) }
      }
      if let first {
        found.append(
          Repeat(
            position: position, original: Int(first.position), likeness: 1 - Double(first.distance) / Double(bits)))
      } else {
        kept.insert(hash, Int32(position))
      }
    }
    return found
  }
}
