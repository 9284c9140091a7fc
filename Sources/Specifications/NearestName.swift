/// Finds the name that the user probably meant.
package enum NearestName {
  /// The candidate with the smallest edit distance to `name` (the first on ties); nil if none is similar.
  ///
  /// A name is similar if the distance is at most two edits or a third of the longer word.
  package static func of(_ name: String, among candidates: [String]) -> String? {
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(Array(name.lowercased().utf8), Array(candidate.lowercased().utf8))
      guard distance <= max(2, max(name.utf8.count, candidate.utf8.count) / 3) else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// The optimal string alignment distance: insertions, deletions, replacements and transpositions of bytes.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    // An extremely long word is similar to nothing; the limit bounds the table below.
    guard left.count <= 256, right.count <= 256 else { return .max }
    var rows = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
    for column in 0...right.count { rows[0][column] = column }
    for row in 0...left.count { rows[row][0] = row }
    for row in 0..<left.count {
      for column in 0..<right.count {
        let same = left[row] == right[column]
        var least = min(rows[row][column] + (same ? 0 : 1), rows[row][column + 1] + 1, rows[row + 1][column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          least = min(least, rows[row - 1][column - 1] + 1)
        }
        rows[row + 1][column + 1] = least
      }
    }
    return rows[left.count][right.count]
  }
}
