import Crypto
import Vocabulary

extension DatasetSplits {
  /// The positions in `images` of each split, in the order of `parts`; positions ascend by index.
  ///
  /// The assignment is stratified: each split gets its share of every label, rounded down or up. Images left over by
  /// rounding go to the split that is furthest below its share of all labels so far, so that the totals are also close
  /// to the shares. A hash of index and seed, not the order of the images, decides which images of a label go where.
  func assign(_ images: [DatasetImage]) -> [[Int]] {
    var result = [[Int]](repeating: [], count: parts.count)
    // How far each split is below its share, in billionths of an image.
    var behind = [Int](repeating: 0, count: parts.count)
    let labels: [String?] = Emotion.names + [nil]
    for label in labels {
      let members = images.indices.filter { images[$0].emotion == label }
      let counts = share(members.count, &behind)
      var rest = Self.shuffled(members, of: images)[...]
      for (split, count) in counts.enumerated() {
        result[split] += rest.prefix(count)
        rest = rest.dropFirst(count)
      }
    }
    return result.map { $0.sorted { images[$0].index < images[$1].index } }
  }

  private func share(_ count: Int, _ behind: inout [Int]) -> [Int] {
    var counts = parts.map { count * $0.share / Self.one }
    for split in parts.indices { behind[split] += count * parts[split].share - counts[split] * Self.one }
    let left = count - counts.reduce(0, +)
    let neediest = parts.indices.filter { count * parts[$0].share % Self.one != 0 }
      .sorted { (behind[$1], $0) < (behind[$0], $1) }
    for split in neediest.prefix(left) {
      counts[split] += 1
      behind[split] -= Self.one
    }
    return counts
  }

  private static func shuffled(_ positions: [Int], of images: [DatasetImage]) -> [Int] {
    positions.map { position in
      let image = images[position]
      let digest = SHA256.hash(data: Array("split \(image.index) \(image.seed)".utf8))
      return (digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, image.index, position)
    }
    .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    .map(\.2)
  }
}
