/// Finds the name that was probably meant.
package enum NearestName {
  /// The candidate with the smallest edit distance to `name`, the first one of equals; nil where none is near.
  ///
  /// Near means at most two edits, or a third of the longer word.
  package static func of(_ name: String, among candidates: [String]) -> String? {
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(Array(name.lowercased().utf8), Array(candidate.lowercased().utf8))
      guard distance <= max(2, max(name.utf8.count, candidate.utf8.count) / 3) else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// Edits of one byte (insert, delete, replace, swap neighbours) from one to the other: optimal string alignment.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    // A word of absurd length is near to nothing; this bounds the table below.
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
